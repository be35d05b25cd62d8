// A model in the tab, as far as it goes without WebGPU: the list, what is refused before anything is fetched, and one call at a time.
import { afterEach, expect, it } from 'vitest';
import { setDoor } from '../../src/core/networkDoor';
import { tabModels, tabProvider } from '../../src/teacher/providers/tab';

const { signal } = new AbortController();
afterEach(() => setDoor('open'));

it('is listed with what it takes, smallest first', async () => {
  const models = await tabModels();
  expect(models.length).toBeGreaterThan(20);
  const sizes = models.map(({ megabytes }) => megabytes);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(sizes[0]).toBeGreaterThan(100);
  // Models that only embed teach nothing.
  expect(models.filter(({ name }) => /embed/i.test(name))).toEqual([]);
  expect(models.some(({ halfPrecision }) => halfPrecision)).toBe(true);
});

it('is one of the list, and with the door shut one that needs no download', async () => {
  await expect(tabProvider('no-such-model').ready?.(signal)).rejects.toMatchObject({ code: 'teacher-unknown-model' });
  const [{ name }] = await tabModels();
  setDoor('this-machine', 'https://studio.example/');
  await expect(tabProvider(name).ready?.(signal)).rejects.toMatchObject({ code: 'teacher-door-shut' });
});

it('sends nothing anywhere, answers one call at a time, and hears an abort before it begins', async () => {
  const tab = tabProvider('any');
  expect(tab).toMatchObject({ remote: false, oneAtATime: true, recipient: 'this tab · any' });
  const stop = new AbortController();
  stop.abort();
  await expect(tab.ready?.(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

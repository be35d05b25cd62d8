// @vitest-environment node
// Rows a teacher gives nothing usable for: listed with their reason, left alone by default, asked again on request, and never after use.
import { afterEach, expect, it } from 'vitest';
import { openFileStore } from '../../src/store/fileStore';
import type { StudioStore } from '../../src/store/types';
import { byReason, callsAbout, failedRows } from '../../src/studio/failedRows';
import { storedLedger } from '../../src/studio/ledger';
import { advance } from '../../src/studio/pipeline';
import { chatTeacher } from '../../src/teacher/chatTeacher';
import { TeacherFailure } from '../../src/teacher/failure';
import { Caller } from '../../src/teacher/runner/caller';
import { defaultLimits } from '../../src/teacher/runner/limits';
import type { JobEvent } from '../../src/worker/protocol';
import { realClock } from '../../src/core/clock';
import { scripted } from '../teacher/runner/scripted';
import { dependencies, temporaryFolder, tinyProject } from './tinyProject';

const project = tinyProject();
const removals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of removals.splice(0)) await remove();
});

/** Labels by a chat model whose server is cut, or talks nonsense, for some texts while `broken`. */
async function studio() {
  const { path, remove } = await temporaryFolder();
  removals.push(remove);
  const store = await openFileStore(path);
  await store.put('projects', [project]);
  let broken = true;
  const good = JSON.stringify({ reason: 'so', skills: ['add'] });
  const provider = scripted(realClock, 0, ({ messages: [{ content }] }) => {
    const last = content.length % 40;
    if (broken && last === 7) return new TeacherFailure('teacher-cut');
    return { text: broken && last === 8 ? 'no idea' : good };
  });
  const events: JobEvent[] = [];
  const label = async (more: { retryFailed?: boolean } = {}) => {
    const signal = new AbortController().signal;
    const limits = { ...defaultLimits, tries: 2, backoffMs: 1, concurrency: 32 };
    const caller = await Caller.open(provider, { ledger: storedLedger(store), limits, projectId: project.id });
    const teacher = { ...chatTeacher(caller.through(signal), {}, 'scripted'), caller };
    const noAdapter = async (): Promise<never> => { throw new Error('labels need no adapter'); };
    await advance(project, 'skills', dependencies(project, store, noAdapter, { teacher: async () => teacher, onEvent: (event) => events.push(event), signal, ...more }));
  };
  return { store, provider, events, label, mend: () => (broken = false) };
}

const labelsOf = async (store: StudioStore) => (await store.all('labels')).flatMap(({ skills }) => skills);

it('are listed, left alone, and asked again on request', { timeout: 120_000 }, async () => {
  const { store, provider, events, label, mend } = await studio();
  await label();
  const first = await failedRows(store, project.id);
  const codes = new Set(first.labels.map(({ code }) => code));
  expect(codes).toEqual(new Set(['teacher-cut', 'reply-not-json']));
  const reasons = byReason(first.labels);
  expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(first.labels.length);
  expect(reasons[0].count).toBeGreaterThanOrEqual(reasons[1].count);
  // What came back about a row: the reply and the repaired one, or that none came.
  const nonsense = first.labels.filter(({ code }) => code === 'reply-not-json');
  const calls = [...(await callsAbout(store, project.id, 'label', nonsense)).values()].flat();
  expect(calls.length).toBeGreaterThan(nonsense.length);
  expect(new Set(calls.map(({ reply }) => reply))).toEqual(new Set(['no idea']));
  const labels = await labelsOf(store);
  expect(labels.length).toBe(12_012);
  expect(labels.filter((skills) => skills.length === 0).length).toBe(first.labels.length);
  const told = events.flatMap((event) => (event.type === 'progress' && event.teacher ? [event.teacher] : []));
  expect(told.some(({ failed }) => failed > 0)).toBe(true);
  expect(told.at(-1)).toMatchObject({ recipient: provider.recipient, money: undefined });

  const sent = provider.sent.length;
  await label();
  expect(provider.sent.length).toBe(sent);

  mend();
  await label({ retryFailed: true });
  expect((await failedRows(store, project.id)).labels).toEqual([]);
  expect((await labelsOf(store)).every((skills) => skills[0] === 'add')).toBe(true);
  expect(provider.sent.length - sent).toBeLessThanOrEqual(first.labels.length);
  expect(provider.sent.length).toBeGreaterThan(sent);
});

it('are not asked again once a training set was built without them', { timeout: 120_000 }, async () => {
  const { store, provider, label } = await studio();
  await label();
  await store.put('trainingSets', [{ key: `${project.id}/sft`, projectId: project.id, arm: 'sft', rows: [0], weights: [1] }]);
  const sent = provider.sent.length;
  await expect(label({ retryFailed: true })).rejects.toMatchObject({ code: 'studio-too-late' });
  expect(provider.sent.length).toBe(sent);
});

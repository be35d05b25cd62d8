/** A teacher over the network as a visitor sets it up: what goes wrong is told apart, what leaves is shown, and the key is found nowhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';
import { ChatServer } from '../teacher/chatServer';
import { whereKept } from './everything';
import { photograph } from './screens';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const key = 'sk-teste2e-4f9c1d77aa20';
const passphrase = 'four plain words here';
const rows = Array.from({ length: 30 }, (_, i) => `what is ${i + 11}+12,${i + 11}+12=${i + 23}#${i + 23},${i % 2 ? 'adding' : 'carrying'}`);
const csv = ['question,answer,skills', ...rows].join('\n');

let studio: Opened;
const server = new ChatServer(key);
let address: string;
const logs: string[] = [];
beforeAll(async () => {
  address = await server.start();
  studio = await openBrowser();
  studio.page.on('console', (message) => logs.push(message.text()));
  studio.page.on('request', (request) => logs.push(request.url()));
});
afterAll(async () => {
  await studio?.close();
  await server.stop();
});

const test = async (): Promise<string> => {
  const { page } = studio;
  await page.getByRole('button', { name: 'Test the connection' }).click();
  const told = page.locator('[aria-live] >> text=/It answers|\\. /').first();
  await told.waitFor();
  return told.innerText();
};

describe('a teacher over the network', () => {
  it('is set up on its page, which tells apart what is wrong', async () => {
    const { page } = studio;
    await page.goto(`${url}#/teacher`);
    await page.getByLabel('Kind').selectOption('other');
    await page.getByLabel('Address').fill('http://127.0.0.1:9/v1');
    await page.getByLabel('Model').fill('small');
    await page.getByLabel(/^Key/).fill('sk-wrong-1111111111');
    expect(await test()).toContain('does not answer');
    await page.getByLabel('Address').fill(address);
    await page.getByLabel(/^Key/).fill('sk-wrong-1111111111');
    expect(await test()).toContain('does not accept the key');
    expect(await page.locator('main').innerText()).not.toContain('sk-wrong');
    server.letIn = false;
    await page.getByLabel(/^Key/).fill(key);
    expect(await test()).toContain('refuses requests from a web page');
    server.letIn = true;
    await page.getByLabel('Model').fill('huge');
    expect(await test()).toContain('knows no such model');
    await page.getByLabel('Model').fill('small');
    expect(await test()).toContain('It answers.');
  });

  it('names the very setting that lets the page in', async () => {
    const { page } = studio;
    server.letIn = false;
    await page.getByLabel('Kind').selectOption('ollama');
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('Model').fill('small');
    await test();
    await page.getByText(`OLLAMA_ORIGINS="${new URL(url).origin}" ollama serve`).waitFor();
    server.letIn = true;
    await page.getByLabel('Kind').selectOption('other');
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('Model').fill('small');
  });

  it('lets a prompt be changed, shows the difference, and refuses one that lacks a field', async () => {
    const { page } = studio;
    const prompt = page.getByLabel('Prompt', { exact: true });
    const shipped = await prompt.inputValue();
    await prompt.fill(shipped.replace('{{question}}', ''));
    await prompt.blur();
    await page.getByText('It lacks {{question}}').waitFor();
    await prompt.fill(`Be brief.\n${shipped}`);
    await prompt.blur();
    await page.getByText(/label@1\+[0-9a-f]{8}/).waitFor();
    await page.getByText('What differs from the shipped one').click();
    expect(await page.locator('.diff .new').allInnerTexts()).toEqual([expect.stringContaining('Be brief.')]);
    await page.getByRole('button', { name: 'Use the shipped one again' }).click();
    await page.getByText('label@1', { exact: true }).waitFor();
  });

  it('tries any prompt on one row', async () => {
    const { page } = studio;
    for (const [task, shows] of [['Score the steps of an answer', '12*3=24'], ['Write a new question', 'A baker sells'], ['Cluster the names into a list', 'reading a table']]) {
      await page.getByLabel('Task').selectOption(task);
      await page.getByText('The text as it would leave').click();
      expect(await page.locator('details pre').innerText()).toContain(shows);
    }
    await page.getByLabel('Task').selectOption('Label a question from the list');
    await page.getByRole('button', { name: 'Send this one row' }).click();
    await page.getByText('"multiplication"').first().waitFor();
  });

  it('keeps a key only when asked to, sealed', async () => {
    const { page } = studio;
    expect(await page.getByLabel(/^Key/).inputValue()).toBe(key);
    await page.getByLabel('Passphrase').fill(passphrase);
    await page.getByRole('button', { name: 'Keep the key, sealed' }).click();
    await page.getByText('A key for this address lies here, sealed.').waitFor();
    await page.reload();
    await page.getByText('A key for this address lies here, sealed.').waitFor();
    expect(await page.getByLabel(/^Key/).inputValue()).toBe('');
    await page.getByLabel('Passphrase').fill('another passphrase');
    await page.getByRole('button', { name: 'Open the kept key' }).click();
    await page.getByText('The passphrase does not open the stored key.').waitFor();
    await page.getByLabel('Passphrase').fill(passphrase);
    await page.getByRole('button', { name: 'Open the kept key' }).click();
    await page.waitForFunction((wanted) => [...document.querySelectorAll('input')].some((input) => input.value === wanted), key);
    expect(await photograph(page, '.cache/screens', 'teacher')).toEqual([]);
  });

  it('reaches nobody while the door is shut', async () => {
    const { page } = studio;
    await page.getByText('Nothing', { exact: true }).first().click();
    await page.getByRole('link', { name: 'Nothing leaves' }).waitFor();
    await page.getByLabel('Address').fill('https://studio-door-test.invalid/v1');
    await page.getByLabel(/^Key/).fill('x');
    const before = logs.length;
    expect(await test()).toContain('the network door is shut');
    expect(logs.slice(before).filter((line) => line.includes('studio-door-test'))).toEqual([]);
    await page.getByText('What I send a teacher', { exact: true }).first().click();
    // The key is still in memory for its address.
    await page.getByLabel('Address').fill(address);
    expect(await test()).toContain('It answers.');
  });

  it('labels a project after its first request was shown word for word', async () => {
    const { page } = studio;
    await page.goto(`${url}#/import`);
    await page.locator('input[type=file]').setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByRole('button', { name: 'Make a project of 30 rows' }).click();
    await page.getByRole('heading', { name: 'The splits' }).waitFor();
    await page.goto(page.url().replace(/\/[a-z]+$/, '/skills'));
    await page.getByText('small', { exact: true }).first().click();
    await page.getByText(`small at ${address}`).waitFor();
    const rowsSent = Number(/(\d+) questions/.exec(await page.getByText('one request each').innerText())?.[1]);
    await page.getByText('The first request, word for word').click();
    const shown = await page.locator('details pre').innerText();
    expect(await photograph(page, '.cache/screens', 'skills-teacher')).toEqual([]);
    server.asked = [];
    await page.getByRole('button', { name: /Label the skills|Run / }).click();
    await page.getByRole('heading', { name: /labelled by small/ }).waitFor();
    await page.getByRole('link', { name: 'Student', exact: true }).last().waitFor();
    const chats = server.asked.filter(({ path }) => path === '/v1/chat/completions');
    expect(chats).toHaveLength(rowsSent);
    const sent = chats.map(({ body }) => (JSON.parse(body) as { messages: { content: string }[] }).messages.map(({ content }) => content).join('\n\n'));
    expect(sent).toContain(shown);
    // No reference answer: only they hold a #.
    expect(sent.join()).not.toContain('#');
  });

  it('leaves the key in no store, address or log', async () => {
    const { page } = studio;
    expect(await whereKept(page, new URL(address).host)).not.toEqual([]);
    for (const secret of [key, passphrase, Buffer.from(key).toString('base64')]) {
      expect(await whereKept(page, secret)).toEqual([]);
      expect(logs.filter((line) => line.includes(secret))).toEqual([]);
    }
    // What the tests provoked: refused and unreachable servers. Nothing else went wrong, and no policy was broken.
    expect(studio.errors.filter((error) => !/Failed to load resource|blocked by CORS|ERR_/.test(error))).toEqual([]);
  });
});

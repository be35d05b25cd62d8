/** A whole run with a teacher over the network, in the page: labels, verdicts, training, comparison; what it leaves, and that no key is in it. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';
import { ChatServer } from '../teacher/chatServer';
import { whereKept } from './everything';
import { photograph } from './screens';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const key = 'sk-remotee2e-77c1d0f24ab9e3';
// Sums that are one too large, so that the student is counted wrong.
const rows = Array.from({ length: 30 }, (_, i) => `what is ${i + 11}+12,${i + 11}+12=${i + 24}#${i + 24},${i % 2 ? 'adding' : 'carrying'}`);
const csv = ['question,answer,skills', ...rows].join('\n');
const photos = '.cache/screens';

let studio: Opened;
const server = new ChatServer(key);
let address: string;
const logs: string[] = [];
const saved = new Map<string, string>();
beforeAll(async () => {
  address = await server.start();
  studio = await openBrowser();
  studio.page.on('console', (message) => logs.push(message.text()));
  studio.context.on('request', (request) => logs.push(request.url()));
  studio.page.on('worker', (worker) => worker.on('console', (message) => logs.push(message.text())));
});
afterAll(async () => {
  await studio?.close();
  await server.stop();
});

/** What a click hands the visitor as a file. */
async function save(name: string | RegExp): Promise<string> {
  const download = studio.page.waitForEvent('download');
  await studio.page.getByRole('button', { name }).first().click();
  const file = await download;
  const text = await readFile(await file.path(), 'latin1');
  saved.set(file.suggestedFilename(), text);
  return text;
}

async function importRows(): Promise<string> {
  const { page } = studio;
  await page.goto(`${url}#/import?quick=1`);
  await page.locator('input[type=file]').setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: 'Make a project of 30 rows' }).click();
  await page.getByRole('heading', { name: 'The splits' }).waitFor();
  return page.url().replace(/\/[a-z]+$/, '');
}

/** A few steps are enough here: what is looked for is not how well it learns. */
function shorten(): Promise<void> {
  const added = [
    { name: 'stat-syn', kind: 'stat-syn', learningRate: 1e-4, drawsPerSkill: 1 },
    { name: 'grpo-judged', kind: 'grpo', learningRate: 1e-4, reinforcement: { updates: 2, questions: 4, group: 4, gradedBy: 'teacher' } },
  ];
  return studio.page.evaluate(async (added) => {
    const db = await new Promise<IDBDatabase>((resolve) => {
      const open = indexedDB.open('stat-studio');
      open.onsuccess = () => resolve(open.result);
    });
    const table = db.transaction('projects', 'readwrite').objectStore('projects');
    await new Promise<void>((resolve) => {
      const all = table.getAll();
      all.onsuccess = () => {
        for (const project of all.result as { arms: { kind: string }[]; training: object }[]) {
          table.put({ ...project, arms: [...project.arms.filter(({ kind }) => kind !== 'stat-sel-replay'), ...added], training: { ...project.training, steps: 2, batch: 4, warmup: 1 } });
        }
        table.transaction.oncomplete = () => resolve();
      };
    });
    db.close();
  }, added);
}

describe('a whole run with a teacher over the network', () => {
  let project: string;

  it('shows a row without a usable reply with what came back, as text, and asks again', async () => {
    const { page } = studio;
    await page.goto(`${url}#/teacher`);
    await page.getByLabel('Kind').selectOption('other');
    await page.getByLabel('Address').fill(address);
    await page.getByLabel('Model').fill('small');
    await page.getByLabel(/^Key/).fill(key);
    await page.getByLabel('US dollars a million tokens read').fill('10');
    await page.getByLabel('US dollars a million tokens written').fill('20');
    project = await importRows();
    await shorten();
    await page.reload();
    // The key lives in memory: a reload forgets it.
    await page.goto(`${url}#/teacher`);
    await page.getByLabel(/^Key/).fill(key);
    await page.goto(`${project}/skills`);
    await page.getByText('small', { exact: true }).first().click();
    await page.getByText(`small at ${address}`).waitFor();
    server.nonsense = { about: 'what is 15+12', reply: `Sure! <img src=x onerror="window.broken = 1"> You sent ${key}.` };
    await page.getByRole('button', { name: 'Label the skills' }).click();
    await page.getByRole('heading', { name: '1 row without a label' }).waitFor();
    await page.getByText('reply-not-json').first().waitFor();
    await page.getByText('Each row, with what came back').click();
    await page.getByText('Sure! <img src=x onerror="window.broken = 1"> You sent (key left out).').first().waitFor();
    expect(await page.evaluate(() => 'broken' in window)).toBe(false);
    expect(await photograph(page, photos, 'skills-failed')).toEqual([]);
    await page.goto(`${url}#/ledger`);
    await page.getByRole('region', { name: 'Rows without a usable reply, by reason' }).getByText('reply-not-json').waitFor();
    expect(await photograph(page, photos, 'ledger-failed')).toEqual([]);
    await page.goto(`${project}/skills`);
    server.nonsense = undefined;
    await page.getByRole('button', { name: 'Ask again about 1 row' }).click();
    await page.getByRole('heading', { name: '1 row without a label' }).waitFor({ state: 'detached' });
  });

  it('asks for a verdict on each wrong answer, for new questions and for rewards, after showing the first request and the cost of each, and goes on to the comparison', async () => {
    const { page } = studio;
    await page.goto(`${project}/diagnose`);
    await page.getByRole('region', { name: 'To do' }).getByRole('button').click();
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Diagnose' }).filter({ hasText: 'done' }).waitFor({ timeout: 400_000 });
    await page.goto(`${project}/profile`);
    const wrong = Number(/(\d+) difficult answer/.exec(await page.getByText('one request each').innerText())?.[1]);
    // 10 and 20 dollars a million tokens, as entered above.
    const cost = /about ([\d,]+) tokens to read and at most ([\d,]+) to write: \$(\d+\.\d+) to \$(\d+\.\d+)/.exec(await page.getByText('tokens to read').innerText()) ?? [];
    const [read, written, least, most] = cost.slice(1).map((text) => Number(text.replaceAll(',', '')));
    expect(least).toBeCloseTo(read * 10e-6, 3);
    expect(most).toBeCloseTo(read * 10e-6 + written * 20e-6, 3);
    await page.getByText('The first request, word for word').click();
    const shown = await page.locator('details pre').innerText();
    expect(await photograph(page, photos, 'profile-before')).toEqual([]);
    server.asked = [];
    await page.getByRole('region', { name: 'To do' }).getByRole('button').click();
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Profile' }).filter({ hasText: 'done' }).waitFor({ timeout: 400_000 });
    expect(wrong).toBeGreaterThan(0);
    expect(server.chats).toHaveLength(wrong);
    expect(server.chats).toContain(shown);
    await page.goto(`${project}/adapt`);
    const writes = Number(/(\d+) new questions?, 4 requests each/.exec(await page.getByText('4 requests each').innerText())?.[1]);
    await page.getByText('At most 32 answers, one request each').waitFor();
    await page.getByText('The first request, word for word').first().click();
    const writing = await page.locator('details pre').first().innerText();
    expect(await photograph(page, photos, 'adapt-before')).toEqual([]);
    server.asked = [];
    server.right = (text) => text.length % 2 === 0;
    await page.goto(`${project}/compare`);
    const atMost = Number(/at most (\d+) requests/.exec(await page.getByText('For these steps at most').innerText())?.[1]);
    await page.getByText('Which requests, step by step').click();
    expect(await photograph(page, photos, 'compare-before')).toEqual([]);
    await page.getByRole('region', { name: 'To do' }).getByRole('button').click();
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Compare' }).filter({ hasText: 'done' }).waitFor({ timeout: 800_000 });
    expect(server.chats.length).toBeLessThanOrEqual(atMost);
    expect(writes).toBeGreaterThan(0);
    const verdicts = server.chats.filter((text) => text.includes('The reference:'));
    expect(server.chats).toHaveLength(4 * writes + verdicts.length);
    expect(server.chats).toContain(writing);
    // The grader calls every answer wrong (the references are), so what is rewarded is what the teacher calls right.
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.length).toBeLessThanOrEqual(32);
    await page.goto(`${project}/train`);
    await page.locator('summary', { hasText: 'grpo-judged' }).click();
    expect(await page.getByRole('region', { name: 'Answers of the group' }).innerText()).toMatch(/judged by .*small.*: both compared[^]*1\.00/);
    expect(await photograph(page, photos, 'train-judged')).toEqual([]);
    await page.goto(`${project}/profile`);
    await page.getByText('a language model', { exact: true }).waitFor();
    expect(await photograph(page, photos, 'profile-remote')).toEqual([]);
  });

  it('leaves a ledger that says what left, and that can be taken along', async () => {
    const { page } = studio;
    await page.goto(`${url}#/ledger`);
    const table = page.getByRole('region', { name: 'What left for whom' });
    await table.getByText(`${new URL(address).origin} · small`).waitFor();
    expect(await table.innerText()).toMatch(/on this machine · label \d+, judge \d+, write \d+, solve \d+/);
    await page.getByText('Every row that was asked about has a usable reply.').waitFor();
    await page.locator('details').first().click();
    await page.getByText(/prompt \w+@1/).first().waitFor();
    expect(await photograph(page, photos, 'ledger')).toEqual([]);
    const ledger = await save(/^Save \d+ calls as a file$/);
    const lines = ledger.trim().split('\n').length;
    await page.getByLabel('Read a ledger file').setInputFiles({ name: 'ledger.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(`${ledger}nonsense\n`) });
    await page.getByText(`0 calls added, ${lines} known already, 1 line left out.`).waitFor();
  });

  it('takes what another project on the same rows asks from there', async () => {
    const { page } = studio;
    const second = await importRows();
    await page.goto(`${second}/skills`);
    await page.getByText('small', { exact: true }).first().click();
    server.asked = [];
    await page.getByRole('button', { name: 'Label the skills' }).click();
    await page.getByRole('heading', { name: /labelled by small/ }).waitFor();
    await page.locator('nav[aria-label="Steps"] a', { hasText: 'Skills' }).filter({ hasText: 'done' }).waitFor();
    expect(server.asked).toEqual([]);
  });

  it('leaves the key in nothing that is kept, saved, asked for or logged', async () => {
    const { page } = studio;
    await page.goto(`${project}/train`);
    await page.getByRole('heading', { name: 'How does each training set teach?' }).waitFor();
    await page.locator('details').evaluateAll((all) => all.forEach((one) => ((one as HTMLDetailsElement).open = true)));
    await save('Metrics as CSV');
    await page.goto(`${project}/compare`);
    await save('Report as JSON');
    await save('Report as a page');
    for (const format of ['f32', 'f16']) {
      await page.getByLabel('As', { exact: true }).selectOption(format);
      await save('Download as a zip file');
    }
    expect([...saved.keys()].map((name) => name.split('.').pop()).sort()).toEqual(expect.arrayContaining(['csv', 'html', 'json', 'jsonl', 'zip']));
    // The search finds what is there: the teacher's address in the tables, and the project's private files by their names.
    const kept = await whereKept(page, new URL(address).host);
    expect(kept).toContain('stat-studio/calls');
    const id = decodeURIComponent(/#\/p\/([^/]+)/.exec(project)?.[1] ?? '');
    expect((await whereKept(page, id)).some((where) => where.startsWith('files/'))).toBe(true);
    for (const secret of [key, Buffer.from(key).toString('base64'), encodeURIComponent(`Bearer ${key}`)]) {
      expect(await whereKept(page, secret)).toEqual([]);
      expect(logs.filter((line) => line.includes(secret))).toEqual([]);
      for (const [name, text] of saved) expect(text.includes(secret), name).toBe(false);
    }
    expect(studio.errors).toEqual([]);
  });
});

it('writes batch files and takes their results into the ledger', async () => {
  const { page } = studio;
  await page.goto(`${url}#/teacher`);
  await page.getByLabel('Kind').selectOption('openai');
  await page.getByLabel('Address').fill(address);
  await page.getByLabel('Model').fill('small');
  await page.getByLabel(/^Key/).fill(key);
  // Other words, so that nothing is answered yet.
  const prompt = page.getByLabel('Prompt', { exact: true });
  await prompt.fill(`By batch.\n${await prompt.inputValue()}`);
  await prompt.blur();
  await page.getByText(/label@1\+[0-9a-f]{8}/).waitFor();
  const project = await importRows();
  await page.goto(`${project}/skills`);
  await page.getByText('small', { exact: true }).first().click();
  await page.getByText('For many rows: by batch files').click();
  await page.getByRole('button', { name: /^Write the batch files of/ }).click();
  const lines = (await save('Save batch-1.jsonl')).trim().split('\n').map((line) => JSON.parse(line) as { custom_id: string; url: string; body: { model: string; messages: { content: string }[] } });
  expect(lines.length).toBeGreaterThan(10);
  expect(lines[0].url).toBe('/v1/chat/completions');
  expect(lines[0].body.messages[0].content).toMatch(/^By batch\./);
  const result = ({ custom_id }: { custom_id: string }, content: string) => JSON.stringify({
    custom_id, response: { status_code: 200, body: { model: 'small', choices: [{ message: { content }, finish_reason: 'stop' }], usage: { prompt_tokens: 9, completion_tokens: 3 } } },
  });
  // One is missing, one comes twice, one is of another batch; all out of order.
  const results = [...lines.slice(1).map((line) => result(line, '{"reason":"by batch","skills":["adding"]}')), result({ custom_id: 'other' }, '{}')].reverse();
  results.push(result(lines[1], '{}'));
  await page.getByLabel('Read the results').setInputFiles({ name: 'results.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(results.join('\n')) });
  await page.getByText(`${lines.length - 1} replies taken into the ledger. 0 failed at the provider, 1 have no result, 1 belong to no request of these questions, skills, prompt and model, 1 came twice, 0 could not be read.`).waitFor();
  expect(await photograph(page, photos, 'skills-batch')).toEqual([]);
  server.asked = [];
  await page.getByRole('button', { name: 'Label the skills' }).click();
  await page.locator('nav[aria-label="Steps"] a', { hasText: 'Skills' }).filter({ hasText: 'done' }).waitFor();
  expect(server.chats).toHaveLength(1);
});

/** What a person brings to a project, in the page: validation and test files, a published test set, labels, a rule of difficulty; and what the page says of each. No adapter is needed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';
import { photograph } from './screens';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const folder = process.env.STUDIO_PICTURES;
const asked = (i: number) => `what is ${i + 11}+12`;
const csv = ['question,answer', ...Array.from({ length: 40 }, (_, i) => `${asked(i)},${i + 11}+12=${i + 23}#${i + 23}`)].join('\n');
const held = csv.split('\n').slice(0, 6).join('\n');
const harder = ['question,answer', ...csv.split('\n').slice(21, 24)].join('\n');
const gsm8k = [{ question: asked(3), answer: '#### 26' }, { question: 'what is 90+12', answer: '#### 102' }].map((row) => JSON.stringify(row)).join('\n');
const labels = JSON.stringify({ question2skill: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [asked(i), i < 20 ? ['small', 'sums'] : ['large']])) });

let studio: Opened;
beforeAll(async () => {
  studio = await openBrowser();
  studio.page.setDefaultTimeout(300_000); // a busy machine is slow, not wrong
});
afterAll(async () => {
  await studio?.close();
});

async function picture(name: string): Promise<void> {
  if (folder) expect(await photograph(studio.page, folder, name)).toEqual([]);
}

const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

describe('a project on one’s own rows', () => {
  it('takes files of validation and test questions with its rows and after them, and finds what is asked twice', async () => {
    const { page } = studio;
    await page.goto(`${url}#/import`);
    await page.locator('input[type=file]').setInputFiles([file('mine.csv', csv), file('validation.csv', held)]);
    await page.getByRole('group', { name: 'validation.csv' }).getByText('5 questions').waitFor();
    await picture('brought-import');
    await page.getByRole('button', { name: 'Make a project of 40 rows' }).click();
    const sets = page.getByRole('region', { name: 'Validation and test sets' });
    await sets.getByRole('row', { name: /^Validation validation.csv 5 / }).waitFor();
    await page.getByLabel('Add validation or test files').setInputFiles([file('broken.jsonl', 'version https://git-lfs.github.com/spec/v1'), file('harder.csv', harder)]);
    await page.getByRole('group', { name: 'broken.jsonl' }).getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Remove broken.jsonl' }).click();
    await page.getByLabel('Called').fill('gsm8k');
    await page.getByRole('button', { name: 'Add 1 file to the project' }).click();
    await page.getByText('is that of the published set GSM8K').waitFor();
    await page.getByLabel('Called').fill('Harder');
    await page.getByRole('button', { name: 'Add 1 file to the project' }).click();
    await sets.getByRole('row', { name: /^Out: Harder/ }).waitFor();
    expect(await page.getByText('is that of the published set').count()).toBe(0);
  });

  it('takes a published test set, and leaves the questions that are asked twice out of the pool and puts them back', async () => {
    const { page } = studio;
    await page.getByLabel('Which set').selectOption('gsm8k');
    await page.getByLabel('Samples a question').fill('4');
    await page.getByLabel('Choose the file of GSM8K').setInputFiles(file('test.jsonl', gsm8k));
    await page.getByText('2 questions added').waitFor();
    await page.getByRole('region', { name: 'Validation and test sets' }).getByRole('row', { name: /^GSM8K/ }).waitFor();
    const counts = page.getByRole('region', { name: 'Contamination' });
    const seen = async (set: RegExp) => (await counts.getByRole('row', { name: set }).getByRole('cell').allInnerTexts()).map(Number);
    await counts.getByRole('row', { name: /GSM8K/ }).waitFor();
    // Rows 4 and 21 to 23 are in the pool or in the test set drawn from them: only in the pool are they training data.
    const [[published, inPool], [own, ownInPool]] = [await seen(/GSM8K/), await seen(/Harder/)];
    expect([published, own, [0, 1].includes(inPool), ownInPool > 0]).toEqual([2, 3, true, true]);
    // What validation.csv asks is not trained on.
    expect(await seen(/^Validation/)).toEqual([5, 0]);
    await picture('brought-data');
    const pool = async () => Number(await page.locator('section', { hasText: 'The splits' }).locator('dd').first().innerText());
    const before = await pool();
    await page.getByRole('button', { name: `Leave ${inPool + ownInPool} rows out of the pool` }).click();
    await page.getByRole('button', { name: 'Put them back' }).waitFor();
    await expect.poll(pool, { timeout: 60_000 }).toBe(before - inPool - ownInPool);
    await page.getByRole('button', { name: 'Put them back' }).click();
    await expect.poll(pool, { timeout: 60_000 }).toBe(before);
    await page.getByRole('button', { name: 'Take validation.csv out' }).click();
    await page.getByRole('row', { name: /^Validation drawn from the rows/ }).waitFor();
  });

  it('takes labels as a file, asks nobody for them, and has them corrected by key', async () => {
    const { page } = studio;
    await page.getByRole('link', { name: 'Skills', exact: false }).first().click();
    await page.getByText('A file of mine').click();
    await page.getByLabel('Choose a file').setInputFiles(file('labels.json', labels));
    await page.getByText('40 questions labelled').waitFor();
    await picture('brought-skills-before');
    await page.getByRole('button', { name: 'Label the skills' }).click();
    await page.getByRole('heading', { name: '3 skills, labelled by labels.json' }).waitFor();
    const box = page.getByRole('group', { name: /^Label 1 of/ });
    const first = box.getByRole('listitem').first();
    const had = (await first.innerText()).split('\n')[0].replace(' Remove', '').trim();
    await box.focus();
    await page.keyboard.press('1');
    await expect.poll(async () => (await box.getByRole('listitem').allInnerTexts()).join(), { timeout: 60_000 }).not.toContain(had);
    await page.keyboard.press('u');
    await expect.poll(async () => (await box.getByRole('listitem').allInnerTexts()).join(), { timeout: 60_000 }).toContain(had);
    await picture('brought-skills');
  });

  it('keeps the rule of difficulty that is chosen, with its numbers', async () => {
    const { page } = studio;
    await page.getByRole('link', { name: 'Diagnose', exact: false }).first().click();
    await page.getByText('Samples disagree').click();
    const samples = page.getByLabel('Samples a question');
    // A page that is left at once may not have written yet.
    await expect.poll(async () => {
      await samples.fill('7');
      await samples.blur();
      await page.waitForTimeout(500);
      await page.reload();
      await samples.waitFor();
      return samples.inputValue();
    }, { timeout: 120_000 }).toBe('7');
    await page.getByText('Scores of the steps').click();
    await page.getByText('A reward model', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Model' }).fill('prm');
    await picture('brought-diagnose');
    expect(studio.errors).toEqual([]);
  });
});

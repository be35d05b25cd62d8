/** What a person brings to a project, in the page: a test set, labels, a rule of difficulty; and what the page says of each. No adapter is needed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';
import { photograph } from './screens';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const folder = process.env.STUDIO_PICTURES;
const asked = (i: number) => `what is ${i + 11}+12`;
const csv = ['question,answer', ...Array.from({ length: 40 }, (_, i) => `${asked(i)},${i + 11}+12=${i + 23}#${i + 23}`)].join('\n');
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
  it('takes a published test set, and finds the question that is in its pool', async () => {
    const { page } = studio;
    await page.goto(`${url}#/import`);
    await page.locator('input[type=file]').setInputFiles(file('mine.csv', csv));
    await page.getByRole('button', { name: 'Make a project of 40 rows' }).click();
    await page.getByRole('heading', { name: 'Published test sets' }).waitFor();
    await page.getByLabel('Which set').selectOption('gsm8k');
    await page.getByLabel('Samples a question').fill('4');
    await page.getByLabel('Choose the file of GSM8K').setInputFiles(file('test.jsonl', gsm8k));
    await page.getByText('2 questions added').waitFor();
    await page.getByRole('row', { name: /^GSM8K/ }).waitFor();
    await page.getByRole('button', { name: 'Look for test questions in the pool' }).click();
    const row = page.getByRole('region', { name: 'Contamination' }).getByRole('row', { name: /GSM8K/ });
    await row.waitFor();
    // The fourth row of the file is in the pool, in validation or in test: only in the pool is it training data.
    const inPool = await page.getByRole('region', { name: 'Questions that are in both' }).count();
    expect(await row.getByRole('cell').allInnerTexts()).toEqual(['2', String(inPool)]);
    await picture('brought-data');
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
    await page.getByLabel('Samples a question').fill('7');
    await page.getByLabel('Samples a question').blur();
    await page.reload();
    await page.getByLabel('Samples a question').waitFor();
    expect(await page.getByLabel('Samples a question').inputValue()).toBe('7');
    await page.getByText('Scores of the steps').click();
    await page.getByText('A reward model', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Model' }).fill('prm');
    await picture('brought-diagnose');
    expect(studio.errors).toEqual([]);
  });
});

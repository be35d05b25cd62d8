/** Own data as a visitor brings it: a file with odd columns, their meaning chosen by hand, a project, and its deletion. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHub } from '../model/hubServer';
import { tinyStudentFiles } from '../train/tinyStudent';
import { openBrowser, type Opened } from './browser';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const rows = Array.from({ length: 40 }, (_, i) => `what is ${i + 11}+12,${i + 11}+12=${i + 23}#${i + 23},add`);
const csv = ['what,says,about', ...rows, 'what is 1+1,,add'].join('\n');

let studio: Opened;
beforeAll(async () => {
  studio = await openBrowser('dark');
});
afterAll(async () => {
  await studio?.close();
});

describe('own data', () => {
  it('asks what the columns mean when it cannot tell, and shows the first row as the student will see it', async () => {
    const { page } = studio;
    await page.goto(`${url}#/`);
    await page.getByRole('link', { name: 'Import a file' }).click();
    await page.locator('input[type=file]').setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByText('none of them is recognised').waitFor();
    await page.getByLabel('Question').selectOption('what');
    await page.getByLabel('Answer').selectOption('says');
    await page.getByRole('heading', { name: 'Row 1 as the student will see it' }).waitFor();
    await page.getByLabel('Skills').selectOption('about');
    await page.locator('.example .learned').first().waitFor();
    expect((await page.locator('.example .learned').allInnerTexts()).join('')).toBe('11+12=23#23<eos>');
    await page.getByRole('cell', { name: 'This row has no answer.' }).waitFor();
  });

  it('fetches a model from a hub, and shows the row as that model sees it', async () => {
    const { page } = studio;
    const asSent = tinyStudentFiles();
    const config = { bos_token: '<bos>', eos_token: '<eos>', chat_template: "{{ bos_token }}{% for m in messages %}#{{ m.content }}{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}" };
    asSent.set('tokenizer_config.json', new TextEncoder().encode(JSON.stringify(config)));
    const hub = await openHub('someone/tiny-model', asSent);
    hub.token = 'hf_secret';
    try {
      await page.getByLabel('Student').selectOption('A model from Hugging Face');
      await page.getByRole('textbox', { name: 'Model' }).fill(`${hub.address}/someone/tiny-model`);
      await page.getByRole('button', { name: 'Fetch the model' }).click();
      await page.getByText('only for those with an access token').waitFor();
      await page.getByLabel('Access token').fill('hf_secret');
      await page.getByRole('button', { name: 'Fetch the model' }).click();
      // Its vocabulary lacks most letters: a text with one is unknown as a whole.
      await page.locator('.example .token', { hasText: '<unk>' }).waitFor();
      expect((await page.locator('.example .token').allInnerTexts()).join('')).toBe('<bos><unk><eos>');
      const fetched = hub.asked.filter((path) => path.includes('model.safetensors')).length;
      expect(fetched).toBe(1);
      await page.getByLabel('Student').selectOption({ index: 0 });
    } finally {
      await hub.close();
    }
  });

  it('makes a project whose splits share nothing and lose nothing', async () => {
    const { page } = studio;
    await page.getByRole('button', { name: 'Make a project of 40 rows' }).click();
    await page.getByRole('heading', { name: 'The splits' }).waitFor();
    const sizes = await page.locator('section', { hasText: 'The splits' }).locator('dd').allInnerTexts();
    expect(sizes.map(Number).reduce((sum, n) => sum + n, 0)).toBe(40);
    expect(sizes.every((size) => Number(size) > 0)).toBe(true);
  });

  it('deletes it again, after asking', async () => {
    const { page } = studio;
    await page.goto(`${url}#/settings`);
    await page.getByRole('heading', { name: '1 project in this browser' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: '0 projects in this browser' }).waitFor();
    expect(studio.errors).toEqual([]);
  });

  it('keeps a theme that was chosen', async () => {
    const { page } = studio;
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Use the light theme' }).click();
    expect(await theme()).toBe('light');
    await page.reload();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await theme()).toBe('light');
  });
});

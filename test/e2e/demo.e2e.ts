/** The demo as a visitor sees it: one click, a reload in the middle, and every page to the comparison. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';
import { photograph, photographAll } from './screens';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
/** The demo at its full size takes minutes more on a software adapter; ask for it by name. */
const full = process.env.DEMO === 'full';
const pictures = fileURLToPath(new URL('../screenshots/', import.meta.url));

let studio: Opened;
let projectId = '';

const toStep = (step: string) => studio.page.goto(`${url}#/p/${projectId}/${step}`);
const railSays = (step: string, state: string, timeout: number) =>
  studio.page.locator('nav[aria-label="Steps"] a', { hasText: step }).filter({ hasText: state }).waitFor({ timeout });

beforeAll(async () => {
  studio = await openBrowser();
});
afterAll(async () => {
  await studio?.close();
});

describe('the demo, from the first click to the comparison', () => {
  it('is alive at once, and starts with one button', async () => {
    const { page } = studio;
    await page.goto(`${url}#/${full ? '' : '?quick=1'}`);
    await page.getByRole('img', { name: /The loop/ }).waitFor();
    expect(await page.getByText('Cannot show').count()).toBe(2);
    await page.getByRole('button', { name: 'Watch a student being diagnosed and retrained' }).click();
    await page.waitForURL(/#\/p\/[^/]+\/diagnose/);
    projectId = /#\/p\/([^/]+)\//.exec(page.url())?.[1] ?? '';
    await page.getByRole('heading', { name: 'What can the student answer, and what not?' }).waitFor();
    await page.getByText('This page fills in by itself').or(page.getByText('The answers')).first().waitFor();
  });

  it('diagnoses the student and draws its profile', async () => {
    const { page } = studio;
    await railSays('Diagnose', 'done', 400_000);
    await page.getByText('Difficult questions').waitFor();
    const wrong = await page.locator('label', { hasText: 'Wrong' }).locator('.count').innerText();
    expect(Number(wrong)).toBeGreaterThan(0);
    await railSays('Profile', 'done', 200_000);
    await toStep('profile');
    const bars = page.getByRole('list', { name: 'Missing-Skill-Profile' }).getByRole('button');
    expect(await bars.count()).toBe(14);
    await bars.first().click();
    const answers = page.getByRole('list', { name: /Wrong answers that miss/ });
    await answers.getByText('Missing:').first().waitFor();
    await answers.locator('summary').first().click();
    await answers.getByText('Answer found').first().waitFor();
  });

  it('goes on after a reload in the middle of training', async () => {
    const { page } = studio;
    await toStep('train');
    await page
      .getByText(/step [1-9]\d* of/)
      .first()
      .waitFor({ timeout: 400_000 });
    expect(await photograph(page, pictures, 'train-live')).toEqual([]);
    await page.reload();
    await page.getByText('Unfinished').waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Go on to the end' }).click();
    await railSays('Train', 'done', 800_000);
  });

  it('compares the arms on every question of the test set', async () => {
    const { page } = studio;
    await railSays('Compare', 'done', 800_000);
    await toStep('compare');
    await page.getByRole('heading', { name: 'Missing and known skills, apart' }).waitFor();
    const arms = page.getByRole('region', { name: 'The arms side by side' }).locator('tbody tr');
    expect(await arms.count()).toBe(full ? 7 : 4);
    expect(await page.getByText('not yet').count()).toBe(0);
    await page.getByText('No GGUF: This student has a tokenizer of the kind WordPiece').waitFor();
    expect(await page.getByRole('option', { name: /GGUF/ }).evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).disabled))).toEqual([true, true]);
    const counts: number[] = [];
    for (const what of ['Fixed', 'Broken', 'Still right', 'Still wrong']) {
      counts.push(
        Number(
          await page
            .locator('dl div', { has: page.locator('dt', { hasText: what }) })
            .locator('dd')
            .first()
            .innerText(),
        ),
      );
    }
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(full ? 800 : 168);
  });

  it('fits a desk and a phone, and throws no error anywhere', async () => {
    expect(await photographAll(studio.page, url, projectId, pictures)).toEqual([]);
    expect(studio.errors).toEqual([]);
  });
});

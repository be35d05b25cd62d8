/** The kill test in a browser: a tab closed at ten random moments of a run leaves what an undisturbed run leaves, bit for bit. */
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Random } from '../../src/core/random';
import { openBrowser, type Opened } from './browser';
import { keptOf } from './kept';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
const KILLS = 10;
const UNTIL_DONE = 600_000;

let whole: Opened;
let killed: Opened;
beforeAll(async () => {
  [whole, killed] = [await openBrowser(), await openBrowser()];
});
afterAll(async () => {
  await whole?.close();
  await killed?.close();
});

async function start(page: Page): Promise<string> {
  await page.goto(`${url}#/?quick=1`);
  await page.getByRole('button', { name: 'Watch a student being diagnosed and retrained' }).click();
  await page.waitForURL(/#\/p\/[^/]+\/diagnose/);
  return /#\/p\/([^/]+)\//.exec(page.url())?.[1] ?? '';
}

function compared(page: Page): Promise<void> {
  return page.locator('nav[aria-label="Steps"] a', { hasText: 'Compare' }).filter({ hasText: 'done' }).waitFor({ timeout: UNTIL_DONE });
}

/** Opens a new tab on the project and goes on. Whether it was still unfinished. */
async function goOn(context: BrowserContext, project: string): Promise<{ page: Page; unfinished: boolean }> {
  const page = await context.newPage();
  await page.goto(`${url}#/p/${project}/compare`);
  // A tab closed at once has begun nothing: then the page offers the step itself.
  const button = page.getByRole('button', { name: 'Go on to the end' }).or(page.getByRole('region', { name: 'To do' }).getByRole('button')).first();
  const done = page.locator('nav[aria-label="Steps"] a', { hasText: 'Compare' }).filter({ hasText: 'done' });
  await button.or(done).first().waitFor({ timeout: 60_000 });
  const unfinished = await button.isVisible();
  if (unfinished) await button.click();
  return { page, unfinished };
}

it('ends with the same bits as a run never interrupted', async () => {
  const wholeId = await start(whole.page);
  const startedAt = performance.now();
  await compared(whole.page);
  const took = performance.now() - startedAt;
  const expected = await keptOf(whole.page, wholeId);
  expect(expected.weights.length).toBeGreaterThanOrEqual(3);

  // Ten moments within the time a whole run takes, the last one before its end.
  const random = new Random(11, 'kill');
  const id = await start(killed.page);
  let { page } = killed;
  const phases: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await page.waitForTimeout((0.1 + 0.8 * random.float()) * (took / KILLS));
    phases.push(await page.getByRole('region', { name: 'Job' }).innerText().catch(() => 'idle'));
    await page.close();
    const next = await goOn(killed.context, id);
    page = next.page;
    expect(next.unfinished, `still at work after ${kill + 1} kills`).toBe(true);
  }
  await compared(page);
  expect(await keptOf(page, id)).toEqual(expected);
  expect(new Set(phases.map((text) => text.split('\n')[0])).size, phases.join(' | ')).toBeGreaterThan(1);
  expect(killed.errors).toEqual([]);
});

/** Pictures of every page at a desk's and a phone's size, for looking at; and whether anything sticks out sideways. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';

export const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;

const STEPS = ['data', 'skills', 'student', 'diagnose', 'profile', 'adapt', 'train', 'compare'] as const;

/** Writes `<name>-<size>.png` into `folder` and returns the names of those whose page is wider than the window. */
export async function photograph(page: Page, folder: string, name: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const tooWide: string[] = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.waitForTimeout(400); // charts redraw after the window has its size
    await page.screenshot({ path: join(folder, `${name}-${size}.png`), fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) tooWide.push(`${name}-${size}: ${over} px`);
  }
  await page.setViewportSize(SIZES.wide);
  return tooWide;
}

/** Every page of the studio, with `projectId` open. */
export async function photographAll(page: Page, url: string, projectId: string, folder: string): Promise<string[]> {
  const hashes = [
    ['home', '#/'],
    ['import', '#/import'],
    ['selftest', '#/selftest'],
    ['speed', '#/speed'],
    ['settings', '#/settings'],
    ...STEPS.map((step) => [step, `#/p/${projectId}/${step}`]),
  ];
  const tooWide: string[] = [];
  for (const [name, hash] of hashes) {
    await page.goto(url + hash);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(1200); // live queries answer
    tooWide.push(...(await photograph(page, folder, name)));
  }
  return tooWide;
}

/** Which device the page takes: the processor where there is no GPU, and WebGPU's software adapter when it is asked for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type Opened } from './browser';

const url = process.env.STUDIO_URL ?? 'http://127.0.0.1:4173/';
let studio: Opened;

beforeAll(async () => {
  studio = await openBrowser();
});
afterAll(async () => {
  await studio?.close();
});

/** Opens the self-test at an address, runs it, and gives what the page says of the device and of the checks. */
async function selfTest(address: string): Promise<{ device: string; outcome: string }> {
  const { page } = studio;
  // A change behind the # alone would keep the worker and its device.
  await page.goto('about:blank');
  await page.goto(`${address}#/selftest`);
  await page.getByRole('button', { name: 'Run the self-test' }).click();
  const outcome = await page.getByText(/checks are/).innerText({ timeout: 600_000 });
  return { device: await page.locator('dt', { hasText: 'Adapter' }).locator('+ dd').innerText(), outcome };
}

describe('without a GPU', () => {
  it('runs on every thread of the processor, and all kernels are right there', async () => {
    const { device, outcome } = await selfTest(url);
    const threads = await studio.page.evaluate(() => navigator.hardwareConcurrency);
    expect(await studio.page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(device).toBe(`Processor (Wasm SIMD, ${Math.min(threads, 16)} threads)`);
    expect(outcome).toMatch(/^All \d+ checks/);
    expect(await studio.page.getByRole('link', { name: /Processor/ }).count()).toBe(1);
    expect(studio.errors).toEqual([]);
  });

  it('runs on the software adapter when asked, and all kernels are right there', async () => {
    const { device, outcome } = await selfTest(`${url}?adapter=software`);
    expect(device).not.toContain('Processor');
    expect(outcome).toMatch(/^All \d+ checks/);
    const { page } = studio;
    await page.evaluate(() => (location.hash = '#/speed'));
    const kernels = page.getByRole('region', { name: 'Which kernel multiplies' });
    await kernels.getByRole('button', { name: /^Tune/ }).click();
    await kernels.getByRole('button', { name: 'Stop' }).click();
    await kernels.getByText(/^Timed /).waitFor();
    await kernels.getByRole('button', { name: 'Forget' }).click();
    await kernels.getByText('Nothing was timed on this adapter yet').waitFor();
    expect(studio.errors).toEqual([]);
  });

  it('trains on the software adapter', async () => {
    const { page } = studio;
    await page.goto('about:blank');
    await page.goto(`${url}?adapter=software#/?quick=1`);
    await page.getByRole('button', { name: 'Watch a student being diagnosed and retrained' }).click();
    await page.waitForURL(/#\/p\/[^/]+\/diagnose/);
    await page.evaluate(() => (location.hash = location.hash.replace('diagnose', 'train')));
    await page.getByText(/step [1-9]\d* of/).first().waitFor({ timeout: 600_000 });
    expect(studio.errors).toEqual([]);
  });
});

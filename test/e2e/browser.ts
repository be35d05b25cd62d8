/** A browser that offers WebGPU on its software adapter, and a page that fails the test on any error it throws. */
import { chromium, type BrowserContext, type Page } from 'playwright';
import { chromiumFlags, findBrowser, softwareFlag } from '../../scripts/environment.mjs';

export interface Opened {
  context: BrowserContext;
  page: Page;
  /** Errors the page threw or logged. */
  errors: string[];
  close(): Promise<void>;
}

/** Opens an empty page. `colorScheme` as the system would have it. */
export async function openBrowser(colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const executablePath = await findBrowser();
  // `headless: false` because the flags ask for the new headless mode themselves; Playwright's own is without WebGPU.
  const browser = await chromium.launch({ executablePath, headless: false, args: [...chromiumFlags, softwareFlag] });
  const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
  // A busy machine is slow, not broken.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('dialog', (dialog) => void dialog.accept()); // "leave this page?" while a job runs
  return { context, page, errors, close: () => browser.close() };
}

/** Debian's Chromium, for pages that people look at. */
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { runs } from './tools.ts';

const CHROMIUM = 'chromium';

export const missingChromium = (): string | undefined =>
  runs(CHROMIUM, '--version') ? undefined : 'chromium is not installed';

/** Opens a browser whose pages can reach nothing but files. */
export const openChromium = (): Promise<Browser> =>
  puppeteer.launch({
    browser: 'chrome',
    executablePath: '/usr/bin/chromium',
    // As root, as in many containers, it has no sandbox of its own.
    args: [
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--host-resolver-rules=MAP * ~NOTFOUND',
    ],
  });

/** A page, and the addresses of everything it has asked for. */
export const openPage = async (browser: Browser, url: string): Promise<{ page: Page; requests: string[] }> => {
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, requests };
};

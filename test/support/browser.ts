/** A browser without a window, for pages that the project writes. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];

const candidates = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => PROGRAMS.map((program) => join(folder, program)));
const browser = candidates.find((path) => existsSync(path));

/** What is missing, unless there is one. */
export const browserMissing: string | undefined = browser ? undefined : `no browser: ${PROGRAMS.join(', ')}`;

/** The caller closes it. */
export function openBrowser(): Promise<Browser> {
  // As root it runs without its sandbox only; what it opens is ours.
  return puppeteer.launch({ executablePath: browser!, args: ['--no-sandbox'] });
}

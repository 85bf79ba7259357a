import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlReport } from '../../bench/report/html.ts';
import type { Report } from '../../bench/report/report.ts';
import { textReport } from '../../bench/report/text.ts';
import { browserMissing, openBrowser } from '../support/browser.ts';
import { skipWithout } from '../support/tools.ts';

const report: Report = {
  title: 'A <title> & more',
  sections: [
    {
      title: 'Charted',
      head: ['program', 'one', 'another'],
      rows: [
        ['sieve', '1.00', '20.5'],
        ['a longer name', '300', '–'],
      ],
      chart: {
        categories: ['sieve', 'a longer name'],
        series: [
          { name: 'one', values: [1, 300] },
          { name: 'another', values: [20.5, undefined] },
        ],
        unit: 'times',
        logarithmic: true,
      },
    },
    { title: 'Without figures', head: ['', 'x'], rows: [], chart: { categories: [], series: [], unit: '' } },
  ],
  remarks: ['v86: not installed'],
};

test('text has names at the left, figures at the right, remarks at the end', () => {
  expect(textReport({ ...report, sections: report.sections.slice(0, 1) })).toBe(
    [
      'Charted',
      '',
      'program         one  another',
      'sieve          1.00     20.5',
      'a longer name   300        –',
      '',
      'v86: not installed',
      '',
    ].join('\n'),
  );
});

test('what names hold is escaped, and a section without figures has no chart', async () => {
  const html = await htmlReport(report, { node: 'v26' });
  expect(html).toContain('<h1>A &lt;title&gt; &amp; more</h1>');
  expect(html.match(/<svg/g)).toHaveLength(1);
  expect(html).toContain('node: v26');
  expect(html).toContain('<li>v86: not installed</li>');
});

describe.skipIf(skipWithout(browserMissing))('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmi86-report-'));
  const file = join(folder, 'report.html');
  let browser: Browser;
  let page: Page;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    writeFileSync(file, await htmlReport(report, {}));
    browser = await openBrowser();
    page = await browser.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  test('opens without a complaint and asks for nothing else', () => {
    expect(requests).toEqual([pathToFileURL(file).href]);
    expect(complaints).toEqual([]);
  });

  test('has a bar a figure', async () => {
    const bars = await page.$$eval(
      'svg path',
      (paths) => paths.filter((path) => ['#4477aa', '#ee6677'].includes(path.getAttribute('fill') ?? '')).length,
    );
    // Three figures, and two in the legend.
    expect(bars).toBe(5);
  });

  test.for([
    { scheme: 'light', paper: 'rgb(255, 255, 255)', ink: 'rgb(26, 26, 26)' },
    { scheme: 'dark', paper: 'rgb(22, 22, 22)', ink: 'rgb(228, 228, 228)' },
  ])('is written dark on light or light on dark: $scheme', async ({ scheme, paper, ink }) => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const style = await page.evaluate(() => ({
      paper: getComputedStyle(document.body).backgroundColor,
      ink: getComputedStyle(document.querySelector('svg text')!).fill,
    }));
    expect(style).toEqual({ paper, ink });
  });
});

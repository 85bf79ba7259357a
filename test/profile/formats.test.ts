/** Files of a profile are read by the tools that they are for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Profile as Pprof } from 'pprof-format';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlFile } from '../../src/profile/html.ts';
import { jsonFile } from '../../src/profile/json.ts';
import { pprofFile } from '../../src/profile/pprof.ts';
import { speedscopeFile } from '../../src/profile/speedscope.ts';
import { collapsedStacks } from '../../src/profile/stacks.ts';
import { browserMissing, openBrowser } from '../support/browser.ts';
import { runs, skipWithout } from '../support/tools.ts';
import { PROFILE } from './fixture.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-profile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A page, and the addresses of everything it asks for. */
const openPage = async (browser: Browser, url: string): Promise<{ page: Page; requests: string[] }> => {
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, requests };
};

test('collapsed stacks: a line each, its separators nowhere else', () => {
  expect(collapsedStacks(PROFILE)).toBe(
    'kernel;start;work 3000\nkernel;start;work;</script>,odd 1000\nbench;main (bench) 6000\n',
  );
});

test('JSON: all of it, counts by address', () => {
  const { functions, regions } = JSON.parse(jsonFile(PROFILE));
  expect(functions.map(({ name }: { name: string }) => name)).toEqual(['main', 'work', '</script>;odd']);
  expect(regions[0].counts['0x1003']).toBe(1000);
});

describe('pprof', () => {
  test('its library reads stacks and values', () => {
    const read = Pprof.decode(gunzipSync(pprofFile(PROFILE)));
    const text = (n: unknown) => read.stringTable.strings[Number(n)];
    expect(read.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`)).toEqual([
      'samples/count',
      'instructions/count',
      'time/nanoseconds',
    ]);
    expect(read.sample.map(({ value }) => value.map(Number))).toEqual([
      [30, 3000, 3_000_000],
      [10, 1000, 1_000_000],
      [60, 6000, 6_000_000],
    ]);
  });

  test.skipIf(skipWithout(runs('go', 'version') ? undefined : 'go is not installed'))('go tool pprof shows it', () => {
    const file = join(folder, 'profile.pb.gz');
    writeFileSync(file, pprofFile(PROFILE));
    const top = execFileSync('go', ['tool', 'pprof', '-top', '-sample_index=instructions', file], {
      encoding: 'utf8',
      env: { ...process.env, PPROF_TMPDIR: folder },
    });
    expect(top).toMatch(/^ +6000 +60\.00% .* main \(bench\)$/m);
    expect(top).toMatch(/^ +3000 +30\.00% +90\.00% +4000 +40\.00% +work$/m);
  });
});

describe.skipIf(skipWithout(browserMissing))('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('speedscope opens its file', async () => {
    const viewer = join(import.meta.dirname, '../../node_modules/speedscope/dist/release/index.html');
    // What its own command does with a file.
    const script = join(folder, 'load.js');
    const content = Buffer.from(speedscopeFile(PROFILE, 'a guest')).toString('base64');
    writeFileSync(script, `speedscope.loadFileFromBase64('guest.speedscope.json', '${content}')`);
    // The sandwich view lists functions as text.
    const { page } = await openPage(browser, `${pathToFileURL(viewer).href}#localProfilePath=${script}&view=sandwich`);
    await page.waitForFunction("document.body.innerText.includes('main (bench)')");
    expect(await page.evaluate('document.body.innerText')).toContain('6,000 (60%)');
  });

  test('the page opens without network, and shows a region: the guest line and the wasm line', async () => {
    const file = join(folder, 'profile.html');
    writeFileSync(file, await htmlFile(PROFILE));
    const { page, requests } = await openPage(browser, pathToFileURL(file).href);
    expect(requests).toEqual([pathToFileURL(file).href]);
    expect(await page.$$eval('#flame .bar', (bars) => bars.map((bar) => bar.textContent))).toEqual(
      expect.arrayContaining(['all', 'start', 'work', '</script>;odd', 'main (bench)']),
    );
    await page.click('[data-region="0"]');
    const lines = (side: string) =>
      page.$$eval(`#${side} .line`, (all) => all.map((line) => (line as HTMLElement).innerText));
    const guest = (await lines('guest')).map((line) => line.replace(/\s+/g, ' ').trim());
    expect(guest[0]).toMatch(/^1,000 00001000 01 43 08 add dword ptr \[ebx\+0x8\], eax \d+$/);
    expect(guest).toContain('DisableInterrupts: in line');
    expect(guest.at(-1)).toBe('ends: the interpreter or the runtime executes it');
    expect((await lines('wasm')).join('\n')).toMatch(/1,000\s+\d+\s+\(local\.set \$ecx \(local\.get \$t/);

    // Pointing at a guest instruction marks what was made of it.
    await page.hover('#guest .line[data-code="1"]');
    const marked = await page.$$eval('#wasm .line.marked', (all) => all.map((line) => line.textContent));
    expect(marked.join('\n')).toContain('(local.set $ecx');
    expect(marked.join('\n')).not.toContain('hostForWrite');
  });

  test('the page is readable in light and in dark', async () => {
    const file = join(folder, 'profile.html');
    writeFileSync(file, await htmlFile(PROFILE));
    const { page } = await openPage(browser, pathToFileURL(file).href);
    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      for (const selector of ['body', '.bar', 'th', '.link']) {
        expect(await page.$eval(selector, contrast), `${selector} in ${value}`).toBeGreaterThan(4.5);
      }
    }
  });
});

/** Contrast of text to the ground it stands on, by WCAG 2, 1.4.3. Runs in the page. */
const contrast = (element: Element): number => {
  const luminance = (colour: string): number => {
    const [r, g, b] = colour
      .match(/[\d.]+/g)!
      .slice(0, 3)
      .map((text) => Number(text) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  let ground: Element | null = element;
  const colourOf = (at: Element): string => getComputedStyle(at).backgroundColor;
  while (ground.parentElement && /, 0\)$/.test(colourOf(ground))) ground = ground.parentElement;
  const [dark, light] = [luminance(getComputedStyle(element).color), luminance(colourOf(ground))].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
};

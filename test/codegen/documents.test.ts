/** What the documents quote of generated code is what the translator makes now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FakeHost } from '../cli/fake-host.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Neither numbers of temporaries, nor how many instructions there are, nor indentation is what a quotation is for. */
const normal = (text: string): string =>
  text
    .replaceAll(/\$t\d+/g, '$t')
    .replaceAll(/\d+(?= of WebAssembly$)|(?<=;; )\d+$/gm, 'n')
    .replaceAll(/^\s+/gm, '')
    .replaceAll(/\s*\n/g, '\n');

const listing = async (hex: string): Promise<string> => {
  const host = new FakeHost(async () => undefined);
  expect(await host.run('disasm', '--hex', hex, '--base', '1000', '--wasm')).toBe(0);
  return normal(host.output);
};

/** Code blocks behind each `disasm --hex … --wasm` of a document, up to the next heading. */
const quotations = (document: string): { hex: string; parts: string[] }[] => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/vmi86 disasm --hex "([^"]+)" --base 1000 --wasm\n(.*?)(?=\n## )/gs)].map(
    ([, hex, behind]) => ({
      hex: hex!,
      parts: [...behind!.matchAll(/^```(?:wasm)?\n(.*?)^```$/gms)].flatMap(([, code]) => code!.split(/^…$/m)),
    }),
  );
};

test.each(['docs/architecture.md', 'README.md'])('%s quotes listings as they are', async (document) => {
  const found = quotations(document);
  expect(found.length).toBeGreaterThan(0);
  for (const { hex, parts } of found) {
    const whole = await listing(hex);
    let at = 0;
    for (const part of parts.map((one) => normal(one).trim())) {
      const next = whole.indexOf(part, at);
      expect(next, `not, or not in this order, in the listing of ${hex}:\n${part}\n`).toBeGreaterThanOrEqual(0);
      at = next + part.length;
    }
  }
});

/**
 * Golden tests of code generation: each case of assembly as `vmi86 disasm --wasm` shows it. A change of the translator
 * changes these files; they are reviewed as diffs and accepted with `npx vitest run test/codegen -u`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeHost } from '../cli/fake-host.ts';
import { runs, skipWithout } from '../support/tools.ts';

const CASES = join(import.meta.dirname, 'cases');
const missing = runs('as', '--version') && runs('objcopy', '--version') ? undefined : 'no GNU assembler (binutils)';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmi86-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const assemble = (source: string): string => {
  const object = join(folder, 'case.o');
  const raw = join(folder, 'case.bin');
  execFileSync('as', ['--32', '-msyntax=intel', '-mnaked-reg', '-o', object, source]);
  execFileSync('objcopy', ['-O', 'binary', '-j', '.text', object, raw]);
  return raw;
};

describe.skipIf(skipWithout(missing))('code generation', () => {
  test.each(readdirSync(CASES).filter((file) => file.endsWith('.s')))('%s', async (file) => {
    const host = new FakeHost(async () => undefined);
    const status = await host.run('disasm', assemble(join(CASES, file)), '--base', '1000', '--wasm');
    expect({ status, errors: host.errors }).toEqual({ status: 0, errors: '' });
    await expect(host.output).toMatchFileSnapshot(join(CASES, `${basename(file, '.s')}.wat`));
  });
});

/**
 * test386.asm: a ROM that takes the place of the BIOS, writes a code to a port before each of its tests, and halts
 * with the code of the one that fails. Its last tests print what they have computed, to be held against a reference.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadCore } from '../../runtime/core-module.ts';
import { Processor } from '../../runtime/processor.ts';
import { translationFor } from '../../src/engine.ts';
import type { EngineOptions } from '../../src/index.ts';
import { STATE } from '../../translator/layout.ts';
import { NO_DEVICES } from '../runtime/flat-processor.ts';
import type { Suite, Verdict } from './suite.ts';

const MEMORY = 1 << 20;
/** Where the ROM writes codes, and what it prints: as it must be configured. */
const POST_PORT = 0x190;
const PRINT_PORT = 0xe9;
const DONE = 0xff;
const REFERENCE = 'test386-EE-reference.txt';
const INSTRUCTIONS = 500_000_000;
const SLICE = 1_000_000;
const CS = 1;
const CODE_ACCESS = 0x9b;

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

interface Protocol {
  readonly codes: readonly number[];
  readonly printed: string;
}

const execute = async (rom: Uint8Array, engine: EngineOptions): Promise<Protocol> => {
  const codes: number[] = [];
  const printed: number[] = [];
  const processor = new Processor({
    core: await loadCore(),
    ramSize: MEMORY,
    translation: await translationFor(engine),
    board: {
      ...NO_DEVICES,
      portWrite: (port, _size, value) => {
        if (port === POST_PORT) codes.push(value & 0xff);
        else if (port === PRINT_PORT) printed.push(value & 0xff);
      },
    },
  });
  processor.physical.write(MEMORY - rom.length, rom);
  processor.powerOn();
  // The ROM's copy below 4 GB is not there; it begins with a far jump to the one below 1 MB anyway.
  processor.state.setSegment(CS, 0xf000, 0xf_0000, 0xffff, CODE_ACCESS);
  processor.state.set(STATE.eip, 0xfff0);
  processor.updateMode();
  let left = INSTRUCTIONS;
  while (left > 0 && processor.run(SLICE) === 'fuel') left -= SLICE;
  await processor.translation.close();
  return { codes, printed: Buffer.from(printed).toString('latin1') };
};

const lines = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trimEnd());

const compareWithReference = (printed: string, reference: string): Verdict => {
  const [got, expected] = [lines(printed), lines(reference)];
  const different = expected.filter((line, n) => line !== got[n]);
  const detail =
    different.length === 0
      ? `${expected.length} lines as in ${REFERENCE}`
      : `${different.length} of ${expected.length} lines differ, first: ${different[0]}`;
  return { test: 'results of POST EE', passed: different.length === 0, detail };
};

export const TEST386: Suite = {
  path: `test386.bin, printing to port ${hex(PRINT_PORT)}, beside ${REFERENCE}`,
  async *run(path, engine) {
    const rom = await readFile(path);
    const { codes, printed } = await execute(rom, engine);
    const last = codes.at(-1);
    for (const code of codes) {
      const failed = code === last && code !== DONE;
      yield { test: `POST ${hex(code)}`, passed: !failed };
    }
    if (last === DONE) yield compareWithReference(printed, await readFile(join(dirname(path), REFERENCE), 'latin1'));
    else yield { test: `POST ${hex(DONE)}`, passed: false, detail: 'not reached' };
  },
};

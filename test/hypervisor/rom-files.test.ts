/** `--vmi FILE`: what is wrong with a file is one line, and the machine is never made. */
import { describe, expect, test } from 'vitest';
import { API_VERSION } from '../../src/hypervisor/calls.ts';
import { ROM_LIMIT } from '../../src/hypervisor/inspect.ts';
import { buildRom, HEADER } from '../../src/hypervisor/rom.ts';
import { createMachine } from '../../src/index.ts';

const changed = (...changes: readonly (readonly [number, number])[]): Uint8Array => {
  const rom = buildRom();
  for (const [at, value] of changes) rom[at] = value;
  return rom;
};
const FILES: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no header', new Uint8Array(20), /too few/],
  ['no option ROM', changed([0, 0]), /55 AA is missing/],
  ['another option ROM', changed([HEADER.vmiSignature, 0]), /'cVmi' is missing/],
  ['another version', changed([HEADER.apiMajor, API_VERSION.major + 1]), /API version 4\.0/],
  ['a wrong checksum', changed([0x60, 1]), /checksum/],
  ['cut short', buildRom().subarray(0, 2048), /length field/],
  ['no licence', changed([HEADER.licence, 0], [HEADER.licence + 1, 0]), /licence|checksum/],
  ['no PCI header', changed([HEADER.pci, 0], [0x60, 0x20]), /PCI header is missing/],
  ['too large', new Uint8Array(ROM_LIMIT + 1).fill(1), /no option ROM|too large/],
];

describe('a ROM with', () => {
  test.each(FILES)('%s is refused in one line', async (_, vmi, complaint) => {
    const error = await createMachine({ vmi }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe('UserError');
    expect(error?.message).toMatch(complaint);
    expect(error?.message).not.toContain('\n');
  });
});

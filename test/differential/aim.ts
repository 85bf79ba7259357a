/** Memory operands that meet the data: displacements worked out from what the registers hold. */
import { type Addressing, randomAddressing } from '../support/addressing.ts';
import type { Random } from '../support/random.ts';
import { CODE, DATA, DATA_SIZE, WRITABLE_SIZE } from './layout.ts';

const PAGE = 0x1000;
/** Where accesses change their nature: page borders, the first read-only byte, both ends. */
const BORDERS = [PAGE, WRITABLE_SIZE, DATA_SIZE];

/** A linear address to access; `aligned` ones stay within a line of the host's cache. */
export const randomTarget = (random: Random, reach: number, aligned = false): number => {
  const kind = random.below(16);
  let offset: number;
  if (kind < 9) offset = random.below(WRITABLE_SIZE - reach);
  else if (kind < 15) offset = random.pick(BORDERS.slice(0, kind < 13 ? 1 : 3)) - random.below(10);
  else return random.pick([DATA - 1 - random.below(8), DATA + DATA_SIZE, CODE + random.below(64), 0]);
  return (DATA + (aligned ? offset & -8 : offset)) >>> 0;
};

const EBP = 5;

/** An operand of any form; where it has a 32-bit displacement, or a register that fits, it meets the target. */
export const aimedAddress = (
  random: Random,
  register: (index: number) => number,
  target: number,
  addressSize: 16 | 32,
): Addressing => {
  if (addressSize === 16 || random.oneIn(16)) return randomAddressing(random, addressSize);
  for (;;) {
    const form = randomAddressing(random, 32);
    const mod = form.modrm >> 6;
    const sib = (form.modrm & 7) === 4 ? form.bytes[0]! : undefined;
    const base = sib === undefined ? form.modrm & 7 : sib & 7;
    const index = sib === undefined ? 4 : (sib >> 3) & 7;
    let sum = mod === 0 && base === EBP ? 0 : register(base);
    if (index !== 4) sum += register(index) * 2 ** (sib! >> 6);
    const displacement = (target - sum) | 0;
    const bytes = form.bytes.length - (sib === undefined ? 0 : 1);
    // Without a displacement that reaches, the registers must do; most forms do not, so others are tried.
    if (bytes === 0 && (displacement === 0 || random.oneIn(24) || isMapped(sum >>> 0))) return form;
    if (bytes === 1 && displacement !== (displacement << 24) >> 24 && !random.oneIn(24)) continue;
    if (bytes === 0) continue;
    const tail = Array.from({ length: bytes }, (_, n) => (displacement >>> (8 * n)) & 0xff);
    return { modrm: form.modrm, bytes: sib === undefined ? tail : [sib, ...tail] };
  }
};

const isMapped = (linear: number): boolean => linear >= DATA && linear < DATA + DATA_SIZE;

/** Single instructions that an engine has got wrong once. Each runs twice: the second time it is in the hot path. */
import { describe, expect, test } from 'vitest';
import type { CpuEngine } from '../../src/index.ts';
import { littleEndian } from '../support/encode.ts';
import { EmulatedCpu } from './emulated.ts';
import { INITIAL_FPU } from './fpu-image.ts';
import { codeOf } from './generator.ts';
import {
  ALIGNMENT_CHECK,
  CODE,
  DATA,
  DATA_SIZE,
  GENERAL_PROTECTION,
  type Outcome,
  PAGE_FAULT,
  STACK,
  type Start,
} from './layout.ts';

const EAX = 0;
const ECX = 1;
const BOUND_RANGE = 5;
const EBX = 3;
const ESP = 4;
const ESI = 6;
const EDI = 7;
/** What XLAT finds in the data, at this offset. */
const TABLE_AT = 0x230;

const start = (code: readonly number[]): Start => {
  const registers = Array.from({ length: 8 }, (_, index) => 0x11 * index);
  registers[EBX] = DATA + TABLE_AT;
  registers[ESP] = STACK;
  registers[ESI] = DATA + 0x100;
  const data = new Uint8Array(DATA_SIZE).fill(0xee);
  data.set([1, 2, 3, 4], STACK - DATA);
  return { registers, eflags: 0x202, fpu: INITIAL_FPU, data, code: codeOf([code]) };
};

/** The sequence came to its end. */
const ended = ({ vector, eip }: Outcome, length: number) => vector === GENERAL_PROTECTION && eip === CODE + length;
const faulted = ({ vector, eip, code }: Outcome) => vector === GENERAL_PROTECTION && eip === CODE && code === 0;

const statusOf = ({ fpu }: Outcome) => new DataView(fpu.buffer).getUint16(2, true);
const TOP_1 = 1 << 11;
/** C3, C2 and C0, and C3 alone. */
const CLASS = 0x4500;
const ZERO = 0x4000;
const C1 = 0x200;

const misaligned = ({ vector, eip, code }: Outcome, at: number) =>
  vector === ALIGNMENT_CHECK && eip === CODE + at && code === 0;
/** push AC; popf: alignment is checked from here on. */
const CHECK_ALIGNMENT = [0x68, 2, 2, 4, 0, 0x9d];

interface Case {
  readonly name: string;
  readonly code: readonly number[];
  readonly holds: (outcome: Outcome) => boolean;
}
const CASES: readonly Case[] = [
  {
    name: 'xchg esi, eax is not nop',
    code: [0x96],
    holds: (o) => ended(o, 1) && o.registers[EAX] === DATA + 0x100 && o.registers[ESI] === 0,
  },
  { name: 'mov cs:[esi], ebx faults', code: [0x2e, 0x89, 0x1e], holds: faulted },
  { name: 'setno cs:[esi] faults', code: [0x2e, 0x0f, 0x91, 0x06], holds: faulted },
  { name: 'mov ebx, cs:[esi] does not', code: [0x2e, 0x8b, 0x1e], holds: (o) => ended(o, 3) },
  {
    name: 'pop [esp] writes where ESP is after the pop',
    code: [0x8f, 0x04, 0x24],
    holds: (o) => ended(o, 3) && o.registers[ESP] === STACK + 4 && o.data[STACK + 4 - DATA] === 1,
  },
  { name: 'xlat finds AL', code: [0xd7], holds: (o) => ended(o, 1) && o.registers[EAX] === 0xee },
  {
    name: 'xlat with 16-bit addresses finds nothing mapped',
    code: [0x67, 0xd7],
    holds: (o) => o.vector === 14 && o.cr2 === TABLE_AT,
  },
  { name: 'xlat through a null GS faults', code: [0x65, 0xd7], holds: faulted },
  {
    name: 'fstp st(i) of opcode D9 with an empty ST(0) only pops',
    code: [0xd9, 0xde],
    holds: (o) => ended(o, 2) && statusOf(o) === TOP_1,
  },
  {
    // FLD1, FCHS and FXAM set C1.
    name: 'fcmovb leaves C1 as it is',
    code: [0xd9, 0xe8, 0xd9, 0xe0, 0xd9, 0xe5, 0xda, 0xc0],
    holds: (o) => ended(o, 8) && (statusOf(o) & C1) !== 0,
  },
  {
    // FLD1; FLDZ; ADD EAX, 0; FCMOVB ST(0), ST(1); FXAM: zero. Storing the registers once overwrote the condition.
    name: 'fcmovb of registers held in locals keeps to its condition',
    code: [0xd9, 0xe8, 0xd9, 0xee, 0x83, 0xc0, 0, 0xda, 0xc1, 0xd9, 0xe5],
    holds: (o) => ended(o, 11) && (statusOf(o) & CLASS) === ZERO,
  },
  {
    name: 'mov eax, [esi + 2] faults where alignment is checked',
    code: [...CHECK_ALIGNMENT, 0x8b, 0x46, 2],
    holds: (o) => misaligned(o, 6),
  },
  {
    name: 'fld tbyte [esi + 8] is aligned',
    code: [...CHECK_ALIGNMENT, 0xdb, 0x6e, 8],
    holds: (o) => ended(o, 9),
  },
  {
    name: 'a misaligned movdqa is #GP, not #AC',
    code: [...CHECK_ALIGNMENT, 0x66, 0x0f, 0x6f, 0x46, 8],
    holds: (o) => o.vector === GENERAL_PROTECTION && o.eip === CODE + 6,
  },
  {
    name: 'a misaligned movdqu faults where alignment is checked',
    code: [...CHECK_ALIGNMENT, 0xf3, 0x0f, 0x6f, 0x46, 8],
    holds: (o) => misaligned(o, 6),
  },
  {
    // xor esi, esi; mov edi, DATA + 2; movsd
    name: 'movs misses the page of its source before it looks at the alignment of its target',
    code: [...CHECK_ALIGNMENT, 0x31, 0xf6, 0xbf, ...littleEndian(DATA + 2), 0xa5],
    holds: (o) => o.vector === PAGE_FAULT && o.cr2 === 0 && o.eip === CODE + 13,
  },
  {
    // mov edi, DATA + 8; maskmovdqu xmm0, xmm0
    name: 'maskmovdqu is content with quadwords where alignment is checked',
    code: [...CHECK_ALIGNMENT, 0xbf, ...littleEndian(DATA + 8), 0x66, 0x0f, 0xf7, 0xc0],
    holds: (o) => ended(o, 15),
  },
  {
    name: 'maskmovdqu checks that much',
    code: [...CHECK_ALIGNMENT, 0xbf, ...littleEndian(DATA + 4), 0x66, 0x0f, 0xf7, 0xc0],
    holds: (o) => misaligned(o, 11),
  },
  {
    name: 'enter checks the alignment of the stack that it leaves',
    code: [...CHECK_ALIGNMENT, 0xc8, 0x7f, 0, 0],
    holds: (o) => misaligned(o, 6),
  },
  {
    // Two words, aligned as words are; 0 is not within them.
    name: 'bound checks the alignment of each bound by itself',
    code: [...CHECK_ALIGNMENT, 0x66, 0x62, 0x46, 2],
    holds: (o) => o.vector === BOUND_RANGE && o.eip === CODE + 6,
  },
  {
    name: 'ins asks for the port before it looks at alignment',
    code: [...CHECK_ALIGNMENT, 0x8d, 0x7e, 1, 0x6d],
    holds: (o) => o.vector === GENERAL_PROTECTION && o.eip === CODE + 9,
  },
  {
    // Flags nobody reads afterwards: add overwrites them.
    name: 'repne scasb ends at AL though its flags are overwritten',
    code: [0xbf, ...littleEndian(DATA + 0x800), 0xb9, 9, 0, 0, 0, 0xb0, 0xee, 0xf2, 0xae, 0x83, 0xc5, 2],
    holds: (o) => ended(o, 17) && o.registers[ECX] === 8 && o.registers[EDI] === DATA + 0x801,
  },
  { name: 'mov eax, fs:[moffs] through a null FS faults', code: [0x64, 0xa1, 0, 0, 0, 0x20], holds: faulted },
  {
    name: 'comiss takes a denormal number for zero where DAZ says so',
    // push 1fc0h; ldmxcsr [esp]; push 1; movss xmm0, [esp]; push 0; comiss xmm0, [esp]
    code: [
      ...[0x68, 0xc0, 0x1f, 0, 0, 0x0f, 0xae, 0x14, 0x24, 0x6a, 1, 0xf3, 0x0f, 0x10, 0x04, 0x24],
      ...[0x6a, 0, 0x0f, 0x2f, 0x04, 0x24],
    ],
    holds: (o) => ended(o, 22) && (o.eflags & 0x45) === 0x40,
  },
  {
    name: 'a denormal number in a register is one where a loop begins',
    // push 1fa0h; ldmxcsr [esp]; push 0; push 1; movsd xmm0, [esp]; mov ecx, 2; addsd xmm0, xmm0; loop
    code: [
      ...[0x68, 0xa0, 0x1f, 0, 0, 0x0f, 0xae, 0x14, 0x24, 0x6a, 0, 0x6a, 1, 0xf2, 0x0f, 0x10, 0x04, 0x24],
      ...[0xb9, 2, 0, 0, 0, 0xf2, 0x0f, 0x58, 0xc0, 0xe2, 0xfa],
    ],
    holds: (o) => ended(o, 29) && o.fpu[24] === 0xa2 && o.fpu[160] === 4,
  },
  {
    name: 'a loop uses a register as a double and as a whole',
    // push 2.0 above 1.0; movups xmm0, [esp]; mov ecx, 3; addsd xmm0, xmm0; shufpd xmm0, xmm0, 1; loop
    code: [
      ...[0x68, 0, 0, 0xf0, 0x3f, 0x6a, 0, 0x68, 0, 0, 0, 0x40, 0x6a, 0, 0x0f, 0x10, 0x04, 0x24],
      ...[0xb9, 3, 0, 0, 0, 0xf2, 0x0f, 0x58, 0xc0, 0x66, 0x0f, 0xc6, 0xc0, 1, 0xe2, 0xf5],
    ],
    // 2 and 8
    holds: (o) => ended(o, 34) && o.fpu[167] === 0x40 && o.fpu[166] === 0 && o.fpu[175] === 0x40 && o.fpu[174] === 0x20,
  },
  {
    name: 'movsd from memory clears what is above, between registers it does not',
    // pcmpeqd xmm1, xmm1; movsd xmm0, [esi]; addsd xmm0, xmm0; movsd xmm1, xmm0
    code: [...[0x66, 0x0f, 0x76, 0xc9, 0xf2, 0x0f, 0x10, 0x06, 0xf2, 0x0f, 0x58, 0xc0, 0xf2, 0x0f, 0x10, 0xc8]],
    holds: (o) => ended(o, 16) && o.fpu[175] === 0 && o.fpu[191] === 0xff,
  },
  {
    name: 'addsd that raises overflow notes no precision lost where there is none',
    // push 1b80h; ldmxcsr [esp]; push 7fe00000h; push 0; movsd xmm0, [esp]; addsd xmm0, xmm0
    code: [
      ...[0x68, 0x80, 0x1b, 0, 0, 0x0f, 0xae, 0x14, 0x24, 0x68, 0, 0, 0xe0, 0x7f, 0x6a, 0],
      ...[0xf2, 0x0f, 0x10, 0x04, 0x24, 0xf2, 0x0f, 0x58, 0xc0],
    ],
    holds: (o) => o.vector === 19 && o.fpu[24] === 0x88,
  },
  {
    name: 'ldmxcsr refuses the bit for misaligned operands, which only processors of AMD have',
    // push 26077h; ldmxcsr [esp]
    code: [0x68, 0x77, 0x60, 2, 0, 0x0f, 0xae, 0x14, 0x24],
    holds: (o) => o.vector === GENERAL_PROTECTION && o.eip === CODE + 5,
  },
  {
    name: 'cvtpi2ps from memory leaves the FPU alone',
    code: [0x0f, 0x2a, 0x06],
    holds: (o) => ended(o, 3) && o.fpu[4] === 0,
  },
  {
    name: 'cvtps2pi that raises #XM has taken the FPU',
    // push 0; ldmxcsr [esp]; cvtps2pi mm0, [esi]
    code: [0x6a, 0, 0x0f, 0xae, 0x14, 0x24, 0x0f, 0x2d, 0x06],
    holds: (o) => o.vector === 19 && o.fpu[4] === 0xff,
  },
  {
    name: 'movaps of an unaligned operand faults before its page is missed',
    code: [0x0f, 0x28, 0x05, 1, 0, 0, 0],
    holds: faulted,
  },
  {
    name: 'movups across a missing page names the first byte that is missing',
    code: [0x0f, 0x10, 0x05, 0xf8, 0x2f, 0, 0x20],
    holds: (o) => o.vector === 14 && o.cr2 === DATA + DATA_SIZE,
  },
];

describe.each<{ engine: CpuEngine; preciseFlags: boolean }>([
  { engine: 'interpreter', preciseFlags: true },
  { engine: 'translator', preciseFlags: true },
  { engine: 'single', preciseFlags: true },
  { engine: 'translator', preciseFlags: false },
  { engine: 'wide', preciseFlags: false },
  { engine: 'patient', preciseFlags: false },
])('$engine, all flags at exceptions: $preciseFlags', ({ engine, preciseFlags }) => {
  test.each(CASES)('$name', async ({ code, holds }) => {
    const cpu = await EmulatedCpu.create(engine, preciseFlags);
    for (let times = 0; times < 2; times++) expect(cpu.run(start(code))).toSatisfy(holds);
    await cpu.close();
  });
});

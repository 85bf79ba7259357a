/** Accesses that share one look-up in translated code: the same as one by one, wherever the stack and other things lie. */
import { describe, expect, test } from 'vitest';
import { FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { FS, GPR_NAMES, STATE } from '../../translator/layout.ts';
import { Random } from '../support/random.ts';
import { at, begin, dword, finish, HLT } from './programs.ts';

const DIRECTORY = 0x1000;
const TABLE = 0x2000;
const CODE = 0x4000;
/** Linear pages of the stack, one after the other; their frames are apart, and the last two are neighbours. */
const STACK = 0x10_0000;
const FRAMES = [0x2_3000, 0x2_1000, 0x2_6000, 0x2_7000];
/** Kept readable: what is above the table's pages is missing. */
const IDENTITY_PAGES = 0x40;

const word = (value: number): number[] => [value, value >> 8, value >> 16, value >> 24].map((byte) => byte & 0xff);

const boot = async (engine: CpuEngine, program: readonly number[], esp: number, pointer: number): Promise<BareCpu> => {
  const cpu = await createCpu({ engine, memory: 1 << 20 });
  cpu.enterFlatMode(0);
  const entry = (at: number, value: number) => cpu.load(at, Uint8Array.from(word(value)));
  entry(DIRECTORY, TABLE | 3);
  for (let page = 0; page < IDENTITY_PAGES; page++) entry(TABLE + page * 4, (page << 12) | 3);
  FRAMES.forEach((frame, n) => {
    // Written for the first time in the middle of things: not dirty yet.
    entry(TABLE + ((STACK >> 12) + n) * 4, frame | 3);
  });
  for (const frame of FRAMES)
    cpu.load(
      frame,
      Uint8Array.from({ length: 4096 }, (_, n) => (n * 7 + (frame >> 12)) & 0xff),
    );
  cpu.registers.cr3 = DIRECTORY;
  cpu.registers.cr0 |= 0x8000_0000;
  cpu.load(CODE, Uint8Array.from(program));
  cpu.registers.eip = CODE;
  cpu.registers.esp = esp;
  cpu.registers.ebp = esp + 0x20;
  cpu.registers.ecx = 3;
  cpu.registers.ebx = pointer;
  return cpu;
};

const outcome = (cpu: BareCpu) => {
  const reason = cpu.run({ instructions: 3000, fault: true });
  const { registers, fault } = cpu;
  const stack = FRAMES.map((frame) => Buffer.from(cpu.memory.slice(frame, frame + 4096)).toString('base64'));
  return { reason, registers: { ...registers, eflags: registers.eflags & ~0x10 }, fault, stack };
};

const modrmStack = (reg: number, displacement: number): number[] => [0x44 | (reg << 3), 0x24, displacement & 0xff];
/** EAX, EDX, ESI, EDI: the others are ESP, its copies, and the loop's counter. */
const DATA = [0, 2, 6, 7] as const;

/** lea ebx, [ebx + n] */
const movePointer = (random: Random): number[] => [0x8d, 0x5b, random.pick([4, 0xf8, 0x40, 0xc0])];
/** [ebx + n], [ebx + ecx * 4 + n]: ModRM and SIB. */
const POINTERS = [[0x43], [0x44, 0x8b]] as const;
/** An access at a constant distance from EBX, or from its sum with the loop's counter. */
const nearPointer = (random: Random, r: number): number[] => {
  const [modrm, ...sib] = random.pick(POINTERS);
  return [
    random.pick([0x8b, 0x89, 0x01, 0x87, 0x88, 0x29]), // mov, mov, add, xchg, mov byte, sub
    modrm | ((r === 6 || r === 7 ? 2 : r) << 3),
    ...sib,
    random.below(24) * 4 - 32 + (random.oneIn(4) ? 1 : 0),
  ].map((byte) => byte & 0xff);
};

/** One instruction; some move ESP by what only shows when they run. */
const step = (random: Random): number[] => {
  const r = random.pick(DATA);
  const at = random.below(24) * 4;
  switch (random.below(29)) {
    case 0:
    case 1:
      return [0x50 + r]; // push
    case 2:
    case 3:
      return [0x58 + r]; // pop
    case 4:
      return [0x8b, ...modrmStack(r, at)]; // mov r, [esp + at]
    case 5:
      return [0x89, ...modrmStack(r, at)]; // mov [esp + at], r
    case 6:
      return [0x01, ...modrmStack(r, at)]; // add [esp + at], r
    case 7:
      return [0x83, 0xc4, random.pick([4, 12, 64, 0xf4, 0xc0])]; // add esp, n
    case 8:
      return [0x83, 0xec, random.pick([4, 12, 64, 0xf4, 0xc0])]; // sub esp, n
    case 9:
      return [0x8d, ...modrmStack(4, random.pick([4, 0xf8, 16]))]; // lea esp, [esp + n]
    case 10:
      return [0x66, 0x89, ...modrmStack(r, at + 2)]; // mov [esp + at + 2], r16
    case 11:
      return [0x0f, 0xb6, ...modrmStack(r, at + 1)]; // movzx r, byte [esp + at + 1]
    case 12:
      return [0x89, 0xe5]; // mov ebp, esp
    case 13:
      return random.oneIn(3) ? [0x89, 0xec] : [0x8d, 0x6c, 0x24, 0x18]; // mov esp, ebp; lea ebp, [esp + 18h]
    case 14:
      return random.oneIn(2) ? [0xc9] : [0x83, 0xe4, 0xf0]; // leave; and esp, -16
    case 15:
      return [0x87, ...modrmStack(r, at)]; // xchg [esp + at], r
    case 16:
      return random.oneIn(4) ? movePointer(random) : nearPointer(random, r);
    case 17:
      return [0x89, 0x03 | (r << 3)]; // mov [ebx], r
    case 18:
    case 19:
      return [0x8b, 0x45 | (r << 3), (random.below(24) * 4 - 64) & 0xff]; // mov r, [ebp + n]
    case 20:
      return [random.pick([0x89, 0x01, 0x29]), 0x45 | (r << 3), (random.below(24) * 4 - 64) & 0xff]; // mov, add, sub
    case 21:
      return random.oneIn(3) ? [0x8d, 0x65, 0xf0] : [0x89, 0xe5]; // lea esp, [ebp - 16]; mov ebp, esp
    default:
      return nearPointer(random, r);
  }
};
const steps = (random: Random, count: number): number[] => Array.from({ length: count }, () => step(random)).flat();

const INVLPG_STACK = [0x0f, 0x01, 0x3c, 0x24];
/** A loop over steps, a branch over others, and a call of a function that moves ESP about and forgets a page's translation. */
const program = (random: Random): number[] => {
  const over = steps(random, 4);
  const fields = (count: number) => Array.from({ length: count }, () => nearPointer(random, random.pick(DATA))).flat();
  const before = [...fields(4), ...movePointer(random), ...fields(2), ...steps(random, 6)];
  const after = steps(random, 4);
  const callee = [
    0x50,
    ...(random.oneIn(3) ? INVLPG_STACK : []),
    // The caller's frame pointer need not come back.
    ...(random.oneIn(3) ? [0x8d, 0x6d, random.pick([4, 0xf4])] : []),
    0x8b,
    0x54,
    0x24,
    4,
    0x58,
    ...random.pick([[0xc3], [0xc2, 8, 0]]),
  ];
  const body = [...before, 0x85, 0xc0, 0x78, over.length, ...over]; // test eax, eax; js
  const call = [0xe8, ...word(after.length + 4)];
  const tail = [...after, 0x49, 0x75];
  const loop = [...body, ...call, ...tail];
  return [...loop, -(loop.length + 1) & 0xff, 0xf4, ...callee];
};

describe('windows on memory in translated code', () => {
  test.each(Array.from({ length: 32 }, (_, seed) => seed))('random programs, seed %i', async (seed) => {
    const random = new Random(seed);
    const code = program(random);
    // Near the border of two pages that are apart, of two that are not, or anywhere.
    const esp = STACK + random.pick([0x1000, 0x3000, 0x1800, 0x2000]) + random.pick([0, -8, 12, -40, 3, -100, 64]);
    const pointer = STACK + random.pick([0x100, 0x1000, 0x3000, 0x1ff0, 0x2004, 0xfe3]);
    const expected = outcome(await boot('interpreter', code, esp, pointer));
    expect(outcome(await boot('translator', code, esp, pointer))).toEqual(expected);
    expect(outcome(await boot('single', code, esp, pointer))).toEqual(expected);
    expect(outcome(await boot('wide', code, esp, pointer))).toEqual(expected);
    expect(outcome(await boot('patient', code, esp, pointer))).toEqual(expected);
  });
});

describe('an access that names the same register but is no part of the window', () => {
  const POINTER = 0x1_2000;
  /** mov ebx, POINTER; mov eax, [ebx + 8]; mov edx, [ebx + 12]; mov esi, [ebx + 16]; and the access, of EDI. */
  const program = (access: readonly number[]) => ({
    code: at([0, [0xbb, ...dword(POINTER), 0x8b, 0x43, 8, 0x8b, 0x53, 12, 0x8b, 0x73, 16, ...access, HLT]]),
    count: 0,
  });
  test.each([
    ['by a 16-bit address', [0x67, 0x8b, 0x7f, 8], (POINTER & 0xffff) + 8],
    ['through a segment with a base', [0x64, 0x8b, 0x7b, 8], POINTER + 0x4000 + 8],
    ['with an index', [0x8b, 0x7c, 0x0b, 8], POINTER + 0x40 + 8],
  ])('%s', async (_, access, address) => {
    for (const jit of [false, true]) {
      const processor = await begin(program(access), { jit });
      const { state } = processor;
      state.ram.set(dword(0x1111_1111), POINTER + 8);
      state.ram.set(dword(0x2222_2222), address);
      state.setSegment(FS, 8, 0x4000, 0xffff_ffff, FLAT_DATA);
      processor.updateMode();
      state.set(STATE.gpr + GPR_NAMES.indexOf('ecx') * 4, 0x40);
      expect(finish(processor)).toMatchObject({ eax: 0x1111_1111, edi: 0x2222_2222 });
    }
  });
});

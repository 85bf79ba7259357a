/** Corners where an engine that translates may differ from one that does not: the same in all of them. */
import { describe, expect, it } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { littleEndian } from '../support/encode.ts';

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single', 'wide', 'patient'];

const DIRECTORY = 0x1000;
const TABLE = 0x2000;
/** Physical pages of code, and where they are mapped besides their own addresses. */
const CODE = 0x8000;
const NEXT = 0x9000;
const OTHER = 0xa000;
const SECOND_MAPPING = 0x20_0000;
const POINTERS = 0x3000;
const PRESENT = 1;
const PRESENT_WRITABLE = 3;
/** A page of 4 MB in the directory, and where it is mapped. */
const LARGE = 0x80;
const LARGE_AT = 0x40_0000;
const CR0_PG = 0x8000_0000;
const CR0_WP = 0x1_0000;
const CR4_PSE = 0x10;
const CR4_PAE = 0x20;
const EFER = 0xc000_0080;
const EFER_NXE = 0x800;
const MEMORY = 0x2_0000;

/** UD2, which ends a program, and its vector. */
const END = [0x0f, 0x0b];
const UD = 6;
const PF = 14;
const RET = 0xc3;

const setEntry = (cpu: BareCpu, linear: number, physical: number): void =>
  cpu.load(TABLE + (linear >>> 12) * 4, Uint8Array.from(littleEndian(physical | PRESENT_WRITABLE)));

/** A flat CPU at level 0 with the lowest memory mapped one to one, and CODE at SECOND_MAPPING as well. */
const paged = async (engine: CpuEngine): Promise<BareCpu> => {
  const cpu = await createCpu({ engine, memory: MEMORY });
  cpu.enterFlatMode(0);
  cpu.load(DIRECTORY, Uint8Array.from(littleEndian(TABLE | PRESENT_WRITABLE)));
  for (let at = 0; at < MEMORY; at += 0x1000) setEntry(cpu, at, at);
  setEntry(cpu, SECOND_MAPPING, CODE);
  cpu.registers.cr3 = DIRECTORY;
  cpu.registers.cr0 |= CR0_PG;
  cpu.registers.esp = 0x7000;
  return cpu;
};

const runAt = (cpu: BareCpu, eip: number): number => {
  cpu.registers.eip = eip;
  cpu.registers.eax = 0;
  expect(cpu.run({ instructions: 10_000, fault: true })).toBe('fault');
  expect(cpu.fault?.vector).toBe(UD);
  return cpu.registers.eax;
};

describe.each(ENGINES)('%s', (engine) => {
  it('sees code that is changed through a second mapping', async () => {
    const cpu = await paged(engine);
    // At CODE: mov eax, 1; ret. At NEXT: call CODE; mov byte [SECOND_MAPPING + 1], 2; call CODE; ud2.
    cpu.load(CODE, Uint8Array.of(0xb8, 1, 0, 0, 0, 0xc3));
    const call = (from: number) => [0xe8, ...littleEndian(CODE - from - 5)];
    const store = [0xc6, 0x05, ...littleEndian(SECOND_MAPPING + 1), 2];
    cpu.load(NEXT, Uint8Array.of(...call(NEXT), ...store, ...call(NEXT + 12), ...END));
    expect(runAt(cpu, NEXT)).toBe(2);
    await cpu.close();
  });

  it('sees code that an instruction before it in the same block changes', async () => {
    const cpu = await paged(engine);
    // mov byte [CODE + 8], 2; mov eax, 1; ud2
    cpu.load(CODE, Uint8Array.of(0xc6, 0x05, ...littleEndian(CODE + 8), 2, 0xb8, 1, 0, 0, 0, ...END));
    expect(runAt(cpu, CODE)).toBe(2);
    await cpu.close();
  });

  it('sees the second half of an instruction across pages change with the page that is mapped there', async () => {
    const cpu = await paged(engine);
    const start = NEXT - 2;
    // mov eax, 00000301h, two bytes of it on each side… then ud2; the other page has 04 instead of 03.
    cpu.load(start, Uint8Array.of(0xb8, 1));
    cpu.load(NEXT, Uint8Array.of(3, 0, 0, ...END));
    cpu.load(OTHER, Uint8Array.of(4, 0, 0, ...END));
    expect(runAt(cpu, start)).toBe(0x301);
    expect(runAt(cpu, start)).toBe(0x301);
    setEntry(cpu, NEXT, OTHER);
    // invlpg [NEXT]; jmp start
    const back = start - (0xb000 + 12);
    cpu.load(0xb000, Uint8Array.of(0x0f, 0x01, 0x3d, ...littleEndian(NEXT), 0xe9, ...littleEndian(back)));
    expect(runAt(cpu, 0xb000)).toBe(0x401);
    await cpu.close();
  });

  it('raises the page fault of the second half, with nothing of the instruction done', async () => {
    const cpu = await paged(engine);
    const start = NEXT - 2;
    cpu.load(start, Uint8Array.of(0xb8, 1));
    cpu.load(TABLE + (NEXT >>> 12) * 4, Uint8Array.from(littleEndian(0)));
    cpu.registers.eip = start;
    expect(cpu.run({ instructions: 10, fault: true })).toBe('fault');
    expect(cpu.fault).toEqual({ vector: 14, code: 0 });
    expect([cpu.registers.cr2, cpu.registers.eip]).toEqual([NEXT, start]);
    await cpu.close();
  });

  it('stops a repeated store at the page that is missing, with the registers of what is done', async () => {
    const cpu = await paged(engine);
    cpu.load(TABLE + (OTHER >>> 12) * 4, Uint8Array.from(littleEndian(0)));
    cpu.load(CODE, Uint8Array.of(0xf3, 0xaa, ...END));
    Object.assign(cpu.registers, { eip: CODE, edi: OTHER - 3, ecx: 10, eax: 0x55 });
    expect(cpu.run({ instructions: 100, fault: true })).toBe('fault');
    const { edi, ecx, eip, cr2 } = cpu.registers;
    expect([edi, ecx, eip, cr2]).toEqual([OTHER, 7, CODE, OTHER]);
    expect([...cpu.memory.subarray(OTHER - 4, OTHER)]).toEqual([0, 0x55, 0x55, 0x55]);
    await cpu.close();
  });

  it('single steps from the instruction behind the POPF that sets TF', async () => {
    const cpu = await createCpu({ engine, memory: MEMORY });
    cpu.enterFlatMode(0);
    cpu.registers.esp = 0x7000;
    // push 102h; popf; nop; nop: TF is set by POPF, the first trap comes behind the NOP that follows.
    cpu.load(CODE, Uint8Array.of(0x68, 2, 1, 0, 0, 0x9d, 0x90, 0x90, 0x90));
    cpu.registers.eip = CODE;
    expect(cpu.run({ instructions: 10, fault: true })).toBe('fault');
    expect([cpu.fault?.vector, cpu.registers.eip]).toEqual([1, CODE + 7]);
    await cpu.close();
  });

  it('refuses a supervisor write to a read-only page from the moment that CR0.WP is set', async () => {
    const cpu = await paged(engine);
    cpu.load(TABLE + (OTHER >>> 12) * 4, Uint8Array.from(littleEndian(OTHER | PRESENT)));
    const store = (value: number) => [0xc6, 0x05, ...littleEndian(OTHER), value];
    // mov eax, cr0; or eax, 10000h; mov cr0, eax
    const setWp = [0x0f, 0x20, 0xc0, 0x0d, ...littleEndian(CR0_WP), 0x0f, 0x22, 0xc0];
    cpu.load(CODE, Uint8Array.of(...store(1), ...setWp, ...store(2), ...END));
    cpu.registers.eip = CODE;
    expect(cpu.run({ instructions: 100, fault: true })).toBe('fault');
    expect(cpu.fault).toEqual({ vector: PF, code: 3 });
    expect([cpu.registers.eip, cpu.registers.cr2, cpu.memory[OTHER]]).toEqual([CODE + 7 + setWp.length, OTHER, 1]);
    await cpu.close();
  });

  it('executes and reads through a large page', async () => {
    const cpu = await paged(engine);
    cpu.registers.cr4 = CR4_PSE;
    cpu.load(DIRECTORY + 4, Uint8Array.from(littleEndian(LARGE | PRESENT_WRITABLE)));
    cpu.load(OTHER, Uint8Array.from(littleEndian(0x1234)));
    // At CODE: mov eax, [LARGE_AT + OTHER]; ud2
    cpu.load(CODE, Uint8Array.of(0xa1, ...littleEndian(LARGE_AT + OTHER), ...END));
    expect(runAt(cpu, LARGE_AT + CODE)).toBe(0x1234);
    await cpu.close();
  });

  it('does not fetch from a page that has become execute-disable', async () => {
    const cpu = await createCpu({ engine, memory: MEMORY });
    cpu.enterFlatMode(0);
    // With PAE: one pointer, one directory, one table.
    cpu.load(POINTERS, Uint8Array.from(littleEndian(DIRECTORY | PRESENT)));
    cpu.load(DIRECTORY, Uint8Array.from(littleEndian(TABLE | PRESENT_WRITABLE)));
    for (let at = 0; at < MEMORY; at += 0x1000) {
      cpu.load(TABLE + (at >>> 12) * 8, Uint8Array.from(littleEndian(at | PRESENT_WRITABLE)));
    }
    Object.assign(cpu.registers, { cr3: POINTERS, cr4: CR4_PAE, esp: 0x7000 });
    // mov eax, cr0; or eax, 80000000h; mov cr0, eax: loads the pointers.
    const page = [0x0f, 0x20, 0xc0, 0x0d, ...littleEndian(CR0_PG), 0x0f, 0x22, 0xc0];
    const call = (from: number) => [0xe8, ...littleEndian(NEXT - from - 5)];
    // mov ecx, EFER; mov eax, NXE; xor edx, edx; wrmsr
    const enable = [0xb9, ...littleEndian(EFER), 0xb8, ...littleEndian(EFER_NXE), 0x31, 0xd2, 0x0f, 0x30];
    // mov byte [entry + 7], 80h; invlpg [NEXT]
    const entry = TABLE + (NEXT >>> 12) * 8;
    const disable = [0xc6, 0x05, ...littleEndian(entry + 7), 0x80, 0x0f, 0x01, 0x3d, ...littleEndian(NEXT)];
    const start = [...page, ...enable];
    const before = [...start, ...call(CODE + start.length), ...disable];
    cpu.load(CODE, Uint8Array.of(...before, ...call(CODE + before.length), ...END));
    cpu.load(NEXT, Uint8Array.of(RET));
    cpu.registers.eip = CODE;
    expect(cpu.run({ instructions: 100, fault: true })).toBe('fault');
    expect(cpu.fault).toEqual({ vector: PF, code: 0x11 });
    expect([cpu.registers.eip, cpu.registers.cr2]).toEqual([NEXT, NEXT]);
    await cpu.close();
  });
});

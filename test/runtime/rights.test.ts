/** Rights and limits that generated code must not take for granted: the same in every engine. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BareCpu, type CpuEngine, createCpu } from '../../src/index.ts';
import { littleEndian } from '../support/encode.ts';

const ENGINES: readonly CpuEngine[] = ['interpreter', 'translator', 'single'];

const DIRECTORY = 0x1000;
const TABLE = 0x2000;
const DATA = 0x6000;
const CODE = 0x8000;
const CODE_END = 0x9000;
const MEMORY = 0x1_0000;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const CR0_PG_WP = 0x8001_0000;
const NOP = 0x90;
/** UD2, which ends a program. */
const END = [0x0f, 0x0b];
const [UD, GP, PF] = [6, 13, 14];
const OPERAND_SIZE = 0x66;
/** Access rights of an expand-down data segment. */
const EXPAND_DOWN = 0xc097;

describe.each(ENGINES)('%s', (engine) => {
  let cpu: BareCpu;
  beforeEach(async () => {
    cpu = await createCpu({ engine, memory: MEMORY });
    cpu.enterFlatMode(0);
  });
  afterEach(() => cpu.close());

  const mapped = (page: number, rights: number): void =>
    cpu.load(TABLE + (page >>> 12) * 4, Uint8Array.from(littleEndian(page | rights)));
  const enablePaging = (): void => {
    cpu.load(DIRECTORY, Uint8Array.from(littleEndian(TABLE | PRESENT | WRITABLE | USER)));
    for (let page = 0; page < MEMORY; page += 0x1000) mapped(page, PRESENT | WRITABLE | USER);
    cpu.registers.cr3 = DIRECTORY;
    cpu.registers.cr0 |= CR0_PG_WP;
  };
  /** Vector and code of the first exception, and where it left EIP. */
  const faultOf = (eip: number, code: readonly number[]) => {
    cpu.load(eip, Uint8Array.from(code));
    cpu.registers.eip = eip;
    expect(cpu.run({ instructions: 100, fault: true })).toBe('fault');
    return [cpu.fault!.vector, cpu.fault!.code, cpu.registers.eip];
  };

  // Twice each: the second time what was learned the first time is there.
  it.each([
    ['cmpxchg [esi], ecx, which compares unequal', [0x0f, 0xb1, 0x0e]],
    ['cmpxchg8b [esi], which compares unequal', [0x0f, 0xc7, 0x0e]],
    ['shl dword [esi], cl, by 0', [0xd3, 0x26]],
    ['rcl byte [esi], cl, by 0', [0xd2, 0x16]],
    ['shld [esi], eax, cl, by 0', [0x0f, 0xa5, 0x06]],
    ['bts dword [esi], 0, which is set', [0x0f, 0xba, 0x2e, 0]],
    ['or dword [esi], 0', [0x83, 0x0e, 0]],
  ])('%s writes all the same', (_, code) => {
    enablePaging();
    cpu.load(DATA, Uint8Array.of(1));
    mapped(DATA, PRESENT);
    Object.assign(cpu.registers, { esi: DATA, ecx: 0, eax: 7, edx: 0 });
    for (let times = 0; times < 2; times++) {
      expect(faultOf(CODE, code)).toEqual([PF, PRESENT | WRITABLE, CODE]);
      expect(cpu.registers.cr2).toBe(DATA);
    }
  });

  it.each([
    ['cmp dword [esi], 0', [0x83, 0x3e, 0]],
    ['test [esi], eax', [0x85, 0x06]],
    ['bt dword [esi], 0', [0x0f, 0xba, 0x26, 0]],
    ['cmovz ecx, [esi]', [0x0f, 0x44, 0x0e]],
  ])('%s only reads', (_, code) => {
    enablePaging();
    mapped(DATA, PRESENT);
    cpu.registers.esi = DATA;
    for (let times = 0; times < 2; times++) {
      expect(faultOf(CODE, [...code, ...END])).toEqual([UD, undefined, CODE + code.length]);
    }
  });

  it('expand-down segments begin behind their limit', () => {
    const base = { selector: 0x10, base: 0, limit: DATA - 1, access: EXPAND_DOWN };
    cpu.setSegment('ds', base);
    cpu.load(DATA, Uint8Array.of(0x55));
    // mov al, [moffs]
    const load = (address: number) => [0xa0, ...littleEndian(address)];
    for (let times = 0; times < 2; times++) {
      expect(faultOf(CODE, [...load(DATA), ...END])).toEqual([UD, undefined, CODE + 5]);
      expect(cpu.registers.eax & 0xff).toBe(0x55);
      expect(faultOf(CODE, load(DATA - 1))).toEqual([GP, 0, CODE]);
    }
  });

  it('the last byte of an instruction is within the limit of CS, or none is executed', () => {
    const limited = (limit: number) => cpu.setSegment('cs', { ...cpu.segment('cs'), limit });
    // mov ebx, 1; ud2
    const code = [0xbb, 1, 0, 0, 0, ...END];
    limited(CODE + 6);
    expect(faultOf(CODE, code)).toEqual([UD, undefined, CODE + 5]);
    limited(CODE + 5);
    expect(faultOf(CODE, code)).toEqual([GP, 0, CODE + 5]);
    cpu.registers.ebx = 0;
    limited(CODE + 3);
    expect(faultOf(CODE, code)).toEqual([GP, 0, CODE]);
    expect(cpu.registers.ebx).toBe(0);
  });

  it('instructions have 15 bytes at most, whatever lies behind them', () => {
    enablePaging();
    mapped(CODE_END, 0);
    const prefixed = (bytes: number) => [...new Array<number>(bytes - 1).fill(OPERAND_SIZE), NOP];
    for (let times = 0; times < 2; times++) {
      expect(faultOf(CODE, [...prefixed(15), ...END])).toEqual([UD, undefined, CODE + 15]);
      expect(faultOf(CODE, prefixed(16))).toEqual([GP, 0, CODE]);
      // A page that is missing behind the fifteenth byte is not looked at; before it, it is.
      expect(faultOf(CODE_END - 15, prefixed(16).slice(0, 15))).toEqual([GP, 0, CODE_END - 15]);
      expect(faultOf(CODE_END - 14, prefixed(16).slice(0, 14))).toEqual([PF, 0, CODE_END - 14]);
    }
  });
});

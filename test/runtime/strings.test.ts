import { beforeEach, describe, expect, it } from 'vitest';
import { readArithmeticFlags } from '../../runtime/flags.ts';
import { stringInstructions } from '../../runtime/host/strings.ts';
import type { Instruction } from '../../translator/isa/instruction.ts';
import type { OperandKind } from '../../translator/isa/line.ts';
import { DS, EFLAGS, ES, FS, MODE, STATE } from '../../translator/layout.ts';
import { instruction } from './instruction.ts';
import { createRig, enablePaging, FLAT_DATA, faultOf, type Rig, setPage } from './memory-rig.ts';

const EAX = 0;
const ECX = 1;
const ESI = 6;
const EDI = 7;
const REP = 0xf3;
const REPNE = 0xf2;
const EIP = 0x5000;
const LENGTH = 2;

type Name = keyof typeof stringInstructions;
const OPERANDS: Record<Name, [OperandKind[], OperandKind[]]> = {
  movs: [
    ['Yb', 'Xb'],
    ['Yv', 'Xv'],
  ],
  stos: [
    ['Yb', 'AL'],
    ['Yv', 'eAX'],
  ],
  lods: [
    ['AL', 'Xb'],
    ['eAX', 'Xv'],
  ],
  cmps: [
    ['Xb', 'Yb'],
    ['Xv', 'Yv'],
  ],
  scas: [
    ['AL', 'Yb'],
    ['eAX', 'Yv'],
  ],
};

let rig: Rig;
beforeEach(() => {
  rig = createRig([{ start: 0xa_0000, length: 0x2_0000, kind: 'device' }]);
});

/** One call with EIP behind the instruction. Returns true when the instruction is finished. */
const call = (name: Name, bits: 8 | 16 | 32, fields: Partial<Instruction> = {}): boolean => {
  const operands = OPERANDS[name][bits === 8 ? 0 : 1];
  rig.state.set(STATE.eip, EIP + LENGTH);
  stringInstructions[name](
    rig.cpu,
    instruction(operands, { length: LENGTH, operandSize: bits === 16 ? 16 : 32, ...fields }),
  );
  const eip = rig.state.get(STATE.eip);
  expect([EIP, EIP + LENGTH]).toContain(eip);
  return eip !== EIP;
};

/** Calls until the instruction is finished; returns the number of calls. */
const run = (name: Name, bits: 8 | 16 | 32, fields: Partial<Instruction> = {}): number => {
  for (let calls = 1; ; calls++) if (call(name, bits, fields)) return calls;
};

const registers = (esi: number, edi: number, ecx: number): void => {
  rig.state.setGpr(ESI, esi);
  rig.state.setGpr(EDI, edi);
  rig.state.setGpr(ECX, ecx);
};
const pointers = (): number[] => [ESI, EDI, ECX].map((register) => rig.state.gpr(register));
const setDown = (): void => rig.state.set(STATE.eflags, 2 | EFLAGS.DF);
const bytesAt = (address: number, length: number): number[] => [...rig.state.ram.subarray(address, address + length)];

/** What MOVS does by definition: element after element. */
const copyByDefinition = (ram: Uint8Array, esi: number, edi: number, count: number, size: number, down: boolean) => {
  for (let i = 0; i < count; i++) {
    const at = down ? -i * size : i * size;
    ram.set(ram.slice(esi + at, esi + at + size), edi + at);
  }
};

const pseudoRandom = (length: number): Uint8Array => {
  let seed = 1;
  return Uint8Array.from({ length }, () => (seed = (seed * 69_069 + 1) >>> 0) >>> 24);
};

describe('MOVS', () => {
  const SIZES = [1, 2, 4] as const;
  const DISTANCES = [-9, -4, -3, -1, 0, 1, 2, 3, 4, 5, 7, 4096, 4099];
  const cases = SIZES.flatMap((size) => [false, true].map((down) => [size, down] as const));

  it.each(cases)('of %i bytes, down: %s, copies element by element at any overlap', (size, down) => {
    for (const distance of DISTANCES) {
      const count = 1500;
      const esi = 0x8000 + (down ? 8000 : 3);
      const edi = esi + distance;
      const start = pseudoRandom(0x8000);
      rig.state.ram.set(start, 0x6000);
      const expected = rig.state.ram.slice();
      copyByDefinition(expected, esi, edi, count, size, down);
      registers(esi, edi, count);
      if (down) setDown();
      run('movs', (size * 8) as 8 | 16 | 32, { rep: REP });
      const moved = down ? -count * size : count * size;
      expect(pointers()).toEqual([esi + moved, edi + moved, 0]);
      expect(Buffer.compare(rig.state.ram, expected), `distance ${distance}`).toBe(0);
    }
  });

  it('moves one element without REP, and none when the count is 0', () => {
    rig.state.ram.set([1, 2, 3, 4], 0x100);
    registers(0x100, 0x200, 7);
    expect(call('movs', 16)).toBe(true);
    expect(pointers()).toEqual([0x102, 0x202, 7]);
    expect(bytesAt(0x200, 3)).toEqual([1, 2, 0]);
    registers(0x100, 0x300, 0);
    expect(call('movs', 32, { rep: REP })).toBe(true);
    expect(pointers()).toEqual([0x100, 0x300, 0]);
    expect(bytesAt(0x300, 1)).toEqual([0]);
  });

  it('works to the next page end, whatever the TLB holds', () => {
    const piece = (): number[] => {
      registers(0x1ff0, 0x3f00, 0x2000);
      expect(call('movs', 8, { rep: REP })).toBe(false);
      return pointers();
    };
    enablePaging(rig);
    const cold = piece();
    expect(cold).toEqual([0x2000, 0x3f10, 0x1ff0]);
    expect(piece()).toEqual(cold);
  });

  it('does one iteration a call under single step', () => {
    rig.state.set(STATE.mode, MODE.debug);
    registers(0x1000, 0x2000, 3);
    expect(run('movs', 8, { rep: REP })).toBe(3);
  });

  it('takes the source segment from the prefix and the target from ES', () => {
    rig.state.setSegment(FS, 8, 0x1_0000, 0xffff_ffff, FLAT_DATA);
    rig.state.setSegment(ES, 8, 0x2_0000, 0xffff_ffff, FLAT_DATA);
    rig.state.ram[0x1_0010] = 77;
    registers(0x10, 0x20, 1);
    call('movs', 8, { segment: FS, override: true });
    expect(rig.state.ram[0x2_0020]).toBe(77);
  });

  it('wraps SI and DI at 64 KB, leaving the upper halves', () => {
    rig.state.setSegment(DS, 8, 0x1_0000, 0xffff, FLAT_DATA);
    rig.state.setSegment(ES, 8, 0x2_0000, 0xffff, FLAT_DATA);
    rig.state.ram.set([1, 2], 0x1_fffe);
    rig.state.ram.set([3, 4], 0x1_0000);
    registers(0xabcd_fffe | 0, 0x1234_0100, 0xffff_0004 | 0);
    run('movs', 8, { rep: REP, addressSize: 16 });
    expect(bytesAt(0x2_0100, 5)).toEqual([1, 2, 3, 4, 0]);
    expect(pointers()).toEqual([0xabcd_0002 | 0, 0x1234_0104, 0xffff_0000 | 0]);
  });

  it('stops at the faulting element with the registers of what is done', () => {
    enablePaging(rig);
    setPage(rig, 0x7000, 0);
    rig.state.ram.set(pseudoRandom(0x1000), 0x9000);
    registers(0x9000, 0x6ff3, 0x40);
    const fault = faultOf(() => run('movs', 32, { rep: REP }));
    expect(fault).toEqual([14, 2]);
    expect(rig.state.get(STATE.cr2)).toBe(0x7000);
    expect(pointers()).toEqual([0x900c, 0x6fff, 0x3d]);
    expect(bytesAt(0x6ff3, 13)).toEqual([...bytesAt(0x9000, 12), 0]);
    setPage(rig, 0x7000, 0x7000 | 7);
    run('movs', 32, { rep: REP });
    expect(bytesAt(0x6ff3, 0x100)).toEqual(bytesAt(0x9000, 0x100));
  });

  it('faults on the source before it touches the target', () => {
    enablePaging(rig);
    setPage(rig, 0x7000, 0);
    registers(0x7010, 0x9000, 4);
    expect(faultOf(() => call('movs', 8, { rep: REP }))).toEqual([14, 0]);
    expect(pointers()).toEqual([0x7010, 0x9000, 4]);
  });

  it('goes down to a segment limit and faults there', () => {
    rig.state.setSegment(ES, 8, 0x2_0000, 0x10ff, FLAT_DATA);
    registers(0x1000, 0x10f0, 0x40);
    expect(faultOf(() => run('movs', 8, { rep: REP }))).toEqual([13, 0]);
    expect(pointers()).toEqual([0x1010, 0x1100, 0x30]);
  });

  it('refuses null and read-only segments before anything is done', () => {
    registers(0x1000, 0x2000, 4);
    rig.state.setSegment(ES, 0, 0, 0, 0);
    expect(faultOf(() => call('movs', 8, { rep: REP }))).toEqual([13, 0]);
    rig.state.setSegment(ES, 8, 0, 0xffff_ffff, FLAT_DATA & ~2);
    expect(faultOf(() => call('movs', 8, { rep: REP }))).toEqual([13, 0]);
    expect(pointers()).toEqual([0x1000, 0x2000, 4]);
  });

  it('reads devices in the order of execution', () => {
    rig.board.inputs.push(0x11, 0x22, 0x33);
    setDown();
    registers(0xa_0002, 0x1002, 3);
    run('movs', 8, { rep: REP });
    expect(rig.board.log).toEqual(['read8 a0002', 'read8 a0001', 'read8 a0000']);
    expect(bytesAt(0x1000, 3)).toEqual([0x33, 0x22, 0x11]);
  });

  it('reports stores into translated code', () => {
    rig.codePages[3] = 1;
    rig.state.ram.set([5, 6, 7, 8], 0x1000);
    registers(0x1000, 0x3ffe, 1);
    call('movs', 32);
    expect(rig.codeWrites).toEqual([
      [0x3ffe, 1],
      [0x3fff, 1],
    ]);
    expect(bytesAt(0x3ffe, 4)).toEqual([5, 6, 7, 8]);
  });
});

describe('STOS', () => {
  it.each([
    [8, 0x1001],
    [16, 0x1000],
    [16, 0x1001],
    [32, 0x1000],
    [32, 0x1003],
  ] as const)('fills elements of %i bits from %i', (bits, edi) => {
    const size = bits / 8;
    const count = Math.floor(9001 / size);
    rig.state.setGpr(EAX, 0x8765_4321 | 0);
    registers(0, edi, count);
    run('stos', bits, { rep: REP });
    const element = [0x21, 0x43, 0x65, 0x87].slice(0, size);
    const expected = Array.from({ length: count * size }, (_, i) => element[i % size]!);
    expect(bytesAt(edi - 1, count * size + 2)).toEqual([0, ...expected, 0]);
    expect(pointers()).toEqual([0, edi + count * size, 0]);
  });

  it('fills downwards', () => {
    setDown();
    rig.state.setGpr(EAX, 0x0201);
    registers(0, 0x2002, 3);
    run('stos', 16, { rep: REP });
    expect(bytesAt(0x1ffd, 8)).toEqual([0, 1, 2, 1, 2, 1, 2, 0]);
    expect(rig.state.gpr(EDI)).toBe(0x1ffc);
  });
});

describe('LODS', () => {
  it('loads only as much of EAX as it says, the last element last', () => {
    rig.state.ram.set([1, 2, 3, 4, 5, 6], 0x1000);
    rig.state.setGpr(EAX, 0x1111_1111);
    registers(0x1000, 0, 3);
    run('lods', 8, { rep: REP });
    expect(rig.state.gpr(EAX)).toBe(0x1111_1103);
    registers(0x1001, 0, 2);
    setDown();
    rig.state.setGpr(ESI, 0x1004);
    run('lods', 16, { rep: REP });
    expect(rig.state.gpr(EAX)).toBe(0x1111_0403);
    expect(rig.state.gpr(ESI)).toBe(0x1000);
  });
});

describe('CMPS', () => {
  const flags = (): number => readArithmeticFlags(rig.state);

  it('REPE stops behind the first difference, with its flags', () => {
    rig.state.ram.set(pseudoRandom(0x2800), 0x1_0000);
    rig.state.ram.copyWithin(0x2_0010, 0x1_0000, 0x1_2800);
    const at = 0x1800;
    rig.state.ram[0x1_0000 + at] = 0x10;
    rig.state.ram[0x2_0010 + at] = 0x20;
    registers(0x1_0000, 0x2_0010, 0x2800);
    run('cmps', 8, { rep: REP });
    expect(pointers()).toEqual([0x1_0000 + at + 1, 0x2_0010 + at + 1, 0x2800 - at - 1]);
    expect(flags()).toBe(EFLAGS.CF | EFLAGS.SF | EFLAGS.PF);
  });

  it('REPE runs out with ZF set, REPNE stops at the first equal pair', () => {
    registers(0x1000, 0x2000, 5);
    run('cmps', 32, { rep: REP });
    expect(pointers()).toEqual([0x1014, 0x2014, 0]);
    expect(flags() & EFLAGS.ZF).toBe(EFLAGS.ZF);
    rig.state.ram.set([1, 1, 2, 2, 3, 3], 0x1000);
    registers(0x1000, 0x2000, 9);
    run('cmps', 16, { rep: REPNE });
    expect(pointers()).toEqual([0x1008, 0x2008, 5]);
  });

  it('compares downwards', () => {
    setDown();
    rig.state.ram.set([9, 1, 2], 0x1000);
    rig.state.ram.set([8, 1, 2], 0x2000);
    registers(0x1002, 0x2002, 10);
    run('cmps', 8, { rep: REP });
    expect(pointers()).toEqual([0xfff, 0x1fff, 7]);
    expect(flags() & (EFLAGS.CF | EFLAGS.ZF)).toBe(0);
  });

  it('leaves flags alone when the count is 0', () => {
    registers(0x1000, 0x2000, 1);
    run('cmps', 8);
    const before = flags();
    rig.state.ram[0x1000] = 1;
    registers(0x1000, 0x2000, 0);
    run('cmps', 8, { rep: REP });
    expect(flags()).toBe(before);
  });
});

describe('SCAS', () => {
  it('REPNE finds the accumulator across pages', () => {
    rig.state.ram.fill(1, 0x1000, 0x4000);
    rig.state.ram.set([0x44, 0x33, 0x22, 0x91], 0x2fff);
    rig.state.setGpr(EAX, 0x9122_3344 | 0);
    registers(0, 0x1003, 0x10000);
    run('scas', 32, { rep: REPNE });
    expect(rig.state.gpr(EDI)).toBe(0x3003);
    expect(readArithmeticFlags(rig.state)).toBe(EFLAGS.ZF | EFLAGS.PF);
  });

  it('REPE skips equal elements', () => {
    rig.state.setGpr(EAX, 0x1234_0000);
    rig.state.ram[0x1021] = 0x80;
    registers(0, 0x1000, -1);
    run('scas', 16, { rep: REP });
    expect(pointers()).toEqual([0, 0x1022, -18]);
    expect(readArithmeticFlags(rig.state) & (EFLAGS.CF | EFLAGS.OF | EFLAGS.SF)).toBe(
      EFLAGS.CF | EFLAGS.OF | EFLAGS.SF,
    );
  });

  it('keeps what it has compared when a later page faults', () => {
    enablePaging(rig);
    setPage(rig, 0x8000, 0);
    rig.state.setGpr(EAX, 1);
    registers(0, 0x7ffc, 100);
    expect(faultOf(() => run('scas', 8, { rep: REPNE }))).toEqual([14, 0]);
    expect(pointers()).toEqual([0, 0x8000, 96]);
  });
});

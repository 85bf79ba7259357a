import { describe, expect, it } from 'vitest';
import { leafOf } from '../../runtime/control/cpuid.ts';
import { CPU_MODELS, DEFAULT_CPU } from '../../runtime/control/models.ts';
import { DS, EFLAGS, STATE } from '../../translator/layout.ts';
import { type FlatCpu, faultOf, protectedMode, realMode, registers } from './flat-cpu.ts';

const EAX = 0;
const ECX = 1;
const EDX = 2;
const EBX = 3;

const moveToCr = (cpu: FlatCpu, index: number, value: number): string => {
  cpu.state.setGpr(EAX, value);
  return cpu.faultOf('movToCr', { modrm: registers(index, EAX) });
};

describe('control registers', () => {
  it.each([
    ['PG without PE', 0, 0x8000_0000, '13(0)'],
    ['NW without CD', 0, 0x2000_0001, '13(0)'],
    ['paging', 0, 0x8001_0001, 'none'],
    ['CR1', 1, 0, '6'],
    ['a reserved bit of CR4', 4, 1 << 14, '13(0)'],
    ['VME and PVI', 4, 3, 'none'],
    ['PSE, PAE and PGE', 4, 0xb0, 'none'],
  ])('%s', (_, index, value, fault) => {
    expect(moveToCr(protectedMode(), index, value | 0)).toBe(fault);
  });

  it('are for level 0', () => {
    expect(moveToCr(protectedMode(3), 3, 0)).toBe('13(0)');
    expect(protectedMode(3).faultOf('clts')).toBe('13(0)');
    expect(protectedMode(3).faultOf('smsw', { modrm: registers(4, EAX) })).toBe('none');
  });

  it('tell the MMU what changes translation, and only that', () => {
    const cpu = protectedMode();
    moveToCr(cpu, 0, 0x8001_0001 | 0);
    expect(cpu.modeChanges).toBe(1);
    moveToCr(cpu, 0, 0x8001_0009 | 0);
    expect(cpu.modeChanges).toBe(1);
    moveToCr(cpu, 3, 0x5000);
    expect([cpu.flushes, cpu.state.get(STATE.cr3)]).toEqual([1, 0x5000]);
    cpu.run('movFromCr', { modrm: registers(0, EBX) });
    expect(cpu.state.gpr(EBX)).toBe(0x8001_0019 | 0);
  });

  it('loads the four page directory pointers under PAE, unless one has a reserved bit', () => {
    const cpu = protectedMode();
    cpu.words(0x5020, 0x1001, 0, 0x2001, 1, 0, 0, 0x3001, 0);
    expect(moveToCr(cpu, 4, 0x20)).toBe('none');
    expect(moveToCr(cpu, 3, 0x5020)).toBe('none');
    expect(cpu.state.u64[STATE.pdpte >> 3]).toBe(0n);
    expect(moveToCr(cpu, 0, 0x8000_0001 | 0)).toBe('none');
    expect([...cpu.state.u64.subarray(STATE.pdpte >> 3, (STATE.pdpte >> 3) + 4)]).toEqual([
      0x1001n,
      0x1_0000_2001n,
      0n,
      0x3001n,
    ]);
    for (const [low, high] of [
      [0x1003, 0],
      [0x1021, 0],
      [0x1001, 0x10],
    ] as const) {
      cpu.words(0x5040, low, high, 0, 0, 0, 0, 0, 0);
      expect(moveToCr(cpu, 3, 0x5040)).toBe('13(0)');
      expect(cpu.state.get(STATE.cr3)).toBe(0x5020);
    }
  });

  it('LMSW sets PE and does not clear it', () => {
    const cpu = realMode();
    cpu.state.setGpr(EAX, 0xf);
    cpu.run('lmsw', { modrm: registers(6, EAX) });
    expect(cpu.state.get(STATE.cr0)).toBe(0x1f);
    cpu.state.setGpr(EAX, 0);
    cpu.run('lmsw', { modrm: registers(6, EAX) });
    expect(cpu.state.get(STATE.cr0)).toBe(0x11);
  });
});

describe('descriptor tables', () => {
  it('load 24 bits of base with 16-bit operands, and are stored whole', () => {
    const cpu = protectedMode();
    cpu.words(0x300, 0x5678_1fff, 0x0000_1234);
    cpu.run('lgdt', { modrm: 0x15, displacement: 0x300 });
    expect([cpu.state.get(STATE.gdtLimit), cpu.state.get(STATE.gdtBase)]).toEqual([0x1fff, 0x1234_5678]);
    cpu.run('lidt', { modrm: 0x1d, displacement: 0x300, operandSize: 16 });
    expect(cpu.state.get(STATE.idtBase)).toBe(0x34_5678);
    cpu.run('sgdt', { modrm: 5, displacement: 0x400 });
    expect([cpu.memory.read16(0x400), cpu.memory.read32(0x402)]).toEqual([0x1fff, 0x1234_5678]);
  });
});

const MODEL = CPU_MODELS[DEFAULT_CPU];
describe('CPUID and MSRs', () => {
  const cpuid = (cpu: FlatCpu, leaf: number): number[] => {
    cpu.state.setGpr(EAX, leaf | 0);
    cpu.run('cpuid');
    return [EAX, EBX, ECX, EDX].map((index) => cpu.state.gpr(index) >>> 0);
  };
  const text = (words: readonly number[]): string =>
    String.fromCharCode(...new Uint8Array(new Uint32Array(words).buffer)).replace(/\0+$/, '');

  it('tell vendor, brand and features of the model', () => {
    const cpu = protectedMode(3);
    const [max, ebx, ecx, edx] = cpuid(cpu, 0) as [number, number, number, number];
    expect(max).toBe(1);
    expect(text([ebx, edx, ecx])).toBe(MODEL.vendor);
    const features = cpuid(cpu, 1);
    expect(features[0]).toBe(0x1_06ca);
    // FPU DE PSE TSC MSR PAE CX8 APIC SEP PGE CMOV CLFSH MMX FXSR SSE SSE2; SSE3.
    expect(features[3]).toBe(0x0788_ab7f);
    // SSE3 SSSE3
    expect(features[2]).toBe(0x201);
    expect(text([2, 3, 4].flatMap((part) => cpuid(cpu, 0x8000_0000 + part)))).toBe(MODEL.brand);
    expect(cpuid(cpu, 0x8000_0001)[3]).toBe(1 << 20);
    expect(leafOf(MODEL, 7)).toEqual(leafOf(MODEL, 1));
  });

  const readMsr = (cpu: FlatCpu, number: number): bigint => {
    cpu.state.setGpr(ECX, number | 0);
    cpu.run('rdmsr');
    return (BigInt(cpu.state.gpr(EDX) >>> 0) << 32n) | BigInt(cpu.state.gpr(EAX) >>> 0);
  };
  const writeMsr = (cpu: FlatCpu, number: number, value: bigint): string => {
    cpu.state.setGpr(ECX, number | 0);
    cpu.state.setGpr(EAX, Number(value & 0xffff_ffffn) | 0);
    cpu.state.setGpr(EDX, Number(value >> 32n) | 0);
    return cpu.faultOf('wrmsr');
  };

  it('hide the local APIC that IA32_APIC_BASE switches off', () => {
    const cpu = protectedMode();
    expect(readMsr(cpu, 0x1b)).toBe(0xfee0_0900n);
    writeMsr(cpu, 0x1b, 0xfee0_0100n);
    expect(cpu.board.apicBase).toBe(0xfee0_0100);
    expect(cpuid(cpu, 1)[3]).toBe(0x0788_a97f);
  });

  it('keep the SYSENTER registers', () => {
    const cpu = protectedMode();
    expect(writeMsr(cpu, 0x176, 0xc012_3456n)).toBe('none');
    expect(cpu.state.get(STATE.sysenterEip)).toBe(0xc012_3456 | 0);
    expect(readMsr(cpu, 0x176)).toBe(0xc012_3456n);
  });

  it('refuse unknown numbers, reserved bits, and level 3', () => {
    const cpu = protectedMode();
    expect(faultOf(() => readMsr(cpu, 0x1234))).toBe('13(0)');
    expect(writeMsr(cpu, 0x1234, 0n)).toBe('13(0)');
    expect(writeMsr(cpu, 0xc000_0080, 1n)).toBe('13(0)');
    expect(writeMsr(cpu, 0xc000_0080, 0x800n)).toBe('none');
    expect([cpu.state.get(STATE.efer), cpu.modeChanges]).toEqual([0x800, 1]);
    expect(protectedMode(3).faultOf('rdmsr')).toBe('13(0)');
  });

  it('count cycles from where WRMSR set them', () => {
    const cpu = protectedMode(3);
    cpu.cycles = 5 * 2 ** 32 + 7;
    cpu.run('rdtsc');
    expect([cpu.state.gpr(EDX), cpu.state.gpr(EAX)]).toEqual([5, 7]);
    cpu.setCpl(0);
    expect(writeMsr(cpu, 0x10, 100n)).toBe('none');
    cpu.cycles += 11;
    expect(readMsr(cpu, 0x10)).toBe(111n);
    cpu.state.set(STATE.cr4, 4);
    expect(cpu.faultOf('rdtsc')).toBe('none');
    cpu.setCpl(3);
    expect(cpu.faultOf('rdtsc')).toBe('13(0)');
    expect(cpu.faultOf('rdpmc')).toBe('13(0)');
  });
});

describe('flags and idleness', () => {
  it('CLI and STI need IOPL', () => {
    const cpu = protectedMode(3);
    expect([cpu.faultOf('cli'), cpu.faultOf('sti')]).toEqual(['13(0)', '13(0)']);
    cpu.writeEflags(0x3002);
    cpu.run('sti');
    expect([cpu.readEflags(), cpu.state.get(STATE.shadow)]).toEqual([0x3202, 1]);
    cpu.run('cli');
    expect(cpu.readEflags()).toBe(0x3002);
  });

  it('STI with IF set casts no shadow', () => {
    const cpu = protectedMode();
    cpu.run('sti');
    expect(cpu.state.get(STATE.shadow)).toBe(0);
  });

  it('POPF changes what privilege permits', () => {
    const everything = -1;
    const popped = (cpl: 0 | 3, iopl: number, operandSize: 16 | 32): number => {
      const cpu = protectedMode(cpl);
      cpu.writeEflags(2 | (iopl << 12));
      cpu.words(0x7000, everything);
      cpu.run('popf', { operandSize });
      return cpu.readEflags();
    };
    const always = EFLAGS.TF | EFLAGS.DF | EFLAGS.NT | 0x8d7;
    const upper = EFLAGS.AC | EFLAGS.ID;
    expect(popped(0, 0, 32)).toBe(always | upper | EFLAGS.IF | EFLAGS.IOPL);
    expect(popped(3, 0, 32)).toBe(always | upper);
    expect(popped(3, 3, 32)).toBe(always | upper | EFLAGS.IF | EFLAGS.IOPL);
    expect(popped(0, 0, 16)).toBe(always | EFLAGS.IF | EFLAGS.IOPL);
  });

  it('PUSHF hides VM and RF', () => {
    const cpu = protectedMode();
    cpu.writeEflags(0x202 | EFLAGS.RF | EFLAGS.CF);
    cpu.run('pushf');
    expect(cpu.stack(1)).toEqual([0x203]);
  });

  it('HLT and INVLPG are for level 0', () => {
    const cpu = protectedMode();
    cpu.run('hlt');
    expect(cpu.halts).toBe(1);
    cpu.state.setSegment(DS, 0x10, 0x1000, -1, 0xc093);
    cpu.run('invlpg', { modrm: 0x3d, displacement: 0x5000 });
    expect(cpu.invalidated).toEqual([0x6000]);
    for (const name of ['hlt', 'invlpg', 'wbinvd', 'invd']) expect(protectedMode(3).faultOf(name)).toBe('13(0)');
  });
});

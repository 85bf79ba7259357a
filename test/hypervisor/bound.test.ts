/** Call sites in translated code: part of it, or a direct call; never a table, an indirect call or an exit. */
import { describe, expect, test } from 'vitest';
import { CALLS, RELOCATION } from '../../src/hypervisor/calls.ts';
import { BOUND_CALLS } from '../../src/hypervisor/host-calls.ts';
import { ROM_BASE, slotOf } from '../../src/hypervisor/rom.ts';
import { MODE, PAGE_SIZE, RAM, STATE } from '../../translator/layout.ts';
import { listRegion } from '../../translator/region/listing.ts';
import { CODE, createRig, DATA, EAX, EBX, ECX, EDI, EDX, ESI, Program, slot } from './rig.ts';

const MODE_FLAT = MODE.flat | MODE.code32 | MODE.stack32 | MODE.flatFs | MODE.flatGs | MODE.iopl;
const LINEAR = (ROM_BASE + 0xc000_0000) | 0;

/** The WebAssembly made of five bytes of code, with the ROM mapped at C00C8000. */
const wasmOf = async (...instruction: number[]): Promise<string> => {
  const code = new Uint8Array(PAGE_SIZE);
  code.set([...instruction, 0x90, 0xf4]);
  const entry = (RAM + CODE) | 1;
  const host = { pages: [{ number: LINEAR >>> 12, entry: (RAM + ROM_BASE) | 1 }], expected: new Int32Array() };
  const request = { eip: CODE, mode: MODE_FLAT, pages: [{ number: CODE >>> 12, entry }], host };
  const options = { regionLimit: 6, precise: false, hostCalls: BOUND_CALLS };
  const listing = await listRegion(request, new Map([[entry, code]]), options);
  return listing!.lines.map(({ text }) => text).join('\n');
};
const codeOf = (name: string): Promise<string> => {
  const target = LINEAR + slotOf(CALLS.find((call) => call.name === name)!.number);
  return wasmOf(0xe8, ...bytes32(target - CODE - 5));
};
/** Ways on into other regions. */
const linksIn = (text: string): number => text.match(/call_indirect/g)?.length ?? 0;

const callsIn = (text: string): string[] => Array.from(text.matchAll(/\bcall (\S+)/g), ([, callee]) => callee!);

test('every call is bound: directly or in line, with nothing looked up in a table', async () => {
  const elsewhere = linksIn(await wasmOf(0x90, 0x90, 0x90, 0x90, 0x90));
  for (const { name, binding, relocation } of CALLS) {
    if (relocation !== RELOCATION.callRel) continue;
    const text = await codeOf(name);
    expect(linksIn(text), name).toBeLessThanOrEqual(elsewhere);
    const imported = callsIn(text).filter((callee) => callee.startsWith('$vmi.'));
    expect(imported, name).toEqual(binding === 'inline' ? [] : [`$vmi.${name}`]);
  }
});

test('cli is a load, an and and a store beside the return address', async () => {
  const text = await codeOf('DisableInterrupts');
  // The TLB check of the return address leaves for a miss; the page of the ROM has the only call, at entry.
  expect(new Set(callsIn(text))).toEqual(new Set(['$execEntry']));
});

test('look-ups of the stack hold behind a call that is done in line', async () => {
  // MOV EAX, [ESP+4]; five bytes; MOV ECX, [ESP+8]; MOV EDX, [ESP+12]
  const around = (...five: number[]) => wasmOf(0x8b, 0x44, 0x24, 4, ...five, 0x8b, 0x4c, 0x24, 8, 0x8b, 0x54, 0x24, 12);
  const lookUps = (text: string): number => text.match(/i32\.shr_u/g)!.length;
  const call = (name: string): number[] => {
    const target = LINEAR + slotOf(CALLS.find((one) => one.name === name)!.number);
    return [0xe8, ...bytes32(target - CODE - 9)];
  };
  const none = lookUps(await around(0x0f, 0x1f, 0x44, 0, 0));
  expect(lookUps(await around(...call('DisableInterrupts')))).toBe(none);
  expect(lookUps(await around(...call('InvalPage')))).toBeGreaterThan(none);
});

describe('in a loop that is translated', () => {
  /** Runs `body` often; how many calls of `name` the interpreter has done. */
  const interpreted = async (name: string, body: (program: Program) => void): Promise<number> => {
    // No region is left for want of a TLB entry, which would be a call for the interpreter.
    const rig = await createRig({ threshold: 0, patience: 0 });
    const program = new Program().init().set(EBX, 500);
    const loop = program.here;
    body(program);
    program.raw(0x4b, 0x0f, 0x85, ...bytes32(loop - program.here - 7)).halt();
    rig.run(program);
    expect(rig.cpu.state.gpr(EBX)).toBe(0);
    return rig.cpu.hostFunctions.interpreted.get(name) ?? 0;
  };

  test.each(['GetCR3', 'DisableInterrupts', 'RDTSC', 'SetLazyMode', 'InvalPage'])(
    '%s is not interpreted',
    async (name) => {
      expect(await interpreted(name, (program) => program.set(EAX, 0).call(name))).toBe(0);
    },
  );

  test('a pointer at a fixed address is bound', async () => {
    const count = await interpreted('GetCR3', (program) => {
      // MOV DWORD [DATA], slot
      program.raw(0xc7, 0x05, ...bytes32(DATA), ...bytes32(slot('GetCR3'))).callPointer(DATA);
    });
    expect(count).toBeLessThan(3);
  });

  test('a pointer in a register is bound, and so is a jump through a pointer', async () => {
    // MOV ECX, slot; CALL ECX
    const through = (program: Program) => program.set(ECX, slot('GetCR3')).raw(0xff, 0xd1);
    expect(await interpreted('GetCR3', through)).toBeLessThan(3);
    // CALL +2; JMP +6; JMP [pointer]: the pointer lies behind.
    const jump = (program: Program) => {
      program.raw(0xeb, 4, ...bytes32(slot('GetCR3')));
      const pointer = program.here - 4;
      program.raw(0xe8, 2, 0, 0, 0, 0xeb, 6, 0xff, 0x25, ...bytes32(pointer));
    };
    expect(await interpreted('GetCR3', jump)).toBeLessThan(3);
  });

  test('a jump through a register is bound, and not the call before it', async () => {
    const rig = await createRig({ threshold: 0, patience: 0 });
    const program = new Program().init().set(EBX, 500).set(ECX, slot('GetCR3'));
    const loop = program.here;
    // CALL +2; JMP +2; JMP ECX
    program.raw(0xe8, 2, 0, 0, 0, 0xeb, 2, 0xff, 0xe1, 0x4b, 0x0f, 0x85, ...bytes32(-16));
    rig.run(program.halt());
    expect(rig.cpu.state.gpr(EBX)).toBe(0);
    expect(rig.cpu.hostFunctions.interpreted.get('GetCR3')).toBeLessThan(3);
    expect([...rig.cpu.translation.hostCalls()]).toEqual([[loop + 9, 'GetCR3']]);
    expect(rig.cpu.translation.unboundJumps()).toEqual([]);
  });

  test('a jump far from where the call leads is bound once it is known where it has led', async () => {
    const rig = await createRig({ threshold: 0, patience: 0 });
    const rounds = 10_000;
    const program = new Program().init().set(EBX, rounds).set(ECX, slot('GetCR3'));
    const loop = program.here;
    const far = 300;
    // CALL +2; JMP +5; JMP far, which is JMP ECX
    program.raw(0xe8, 2, 0, 0, 0, 0xeb, 5, 0xe9, ...bytes32(far), 0x4b, 0x0f, 0x85, ...bytes32(-19)).halt();
    program.raw(...new Array<number>(loop + 12 + far - program.here).fill(0x90), 0xff, 0xe1);
    rig.run(program);
    expect(rig.cpu.state.gpr(EBX)).toBe(0);
    expect(rig.cpu.hostFunctions.interpreted.get('GetCR3')).toBeLessThan(rounds / 2);
    expect([...rig.cpu.translation.hostCalls()]).toEqual([[loop + 12 + far + 2, 'GetCR3']]);
  });

  test('a pointer that changes all the time is honoured', async () => {
    const rig = await createRig({ threshold: 0 });
    rig.cpu.state.set(STATE.cr3, 0x5000);
    const slots = ['GetCR0', 'GetCR3'].map(slot);
    rig.setWord(DATA, ...slots);
    // 100 rounds: XCHG of the two pointers, call the first, add to EDI.
    const program = new Program().init().set(EBX, 100).set(7, 0);
    const loop = program.here;
    program
      .raw(0xa1, ...bytes32(DATA), 0x87, 0x05, ...bytes32(DATA + 4))
      .storeEax(DATA)
      .callPointer(DATA);
    program.raw(0x01, 0xc7, 0x4b, 0x0f, 0x85, ...bytes32(loop - program.here - 9)).halt();
    rig.run(program);
    expect(rig.cpu.state.gpr(7)).toBe(50 * (0x11 + 0x5000));
  });

  test('what a call sets off is seen behind it: an alarm in the past, an interrupt that waits', async () => {
    const rig = await createRig({ threshold: 0 });
    const program = new Program().init().push(0).push(0).set(EAX, 0).set(EDX, 0).set(ECX, 0).call('SetAlarm').drop(8);
    rig.run(program.halt());
    rig.clock.runDue();
    expect(rig.seen.timerEdges).toBe(1);
  });
});

describe('in a loop that is interpreted', () => {
  /** Rounds of the loop, and executions after which what is jumped to is translated. */
  const ROUNDS = 400;
  const THRESHOLD = 1000;
  const loopOf = async (...body: ((program: Program) => void)[]) => {
    const rig = await createRig({ threshold: THRESHOLD, synchronous: true });
    const program = new Program().init().set(EBX, ROUNDS);
    const loop = program.here;
    for (const add of body) add(program);
    program.raw(0x4b, 0x0f, 0x85, ...bytes32(loop - program.here - 7)).halt();
    const { interpret } = rig.cpu.hostFunctions;
    let asked = 0;
    rig.cpu.hostFunctions.interpret = function (called) {
      asked++;
      interpret.call(this, called);
    };
    rig.run(program);
    expect(rig.cpu.state.gpr(EBX)).toBe(0);
    return { rig, asked };
  };

  test('the runtime sees a call once, and all are counted', async () => {
    const { rig, asked } = await loopOf((program) => program.call('GetCR3').call('DisableInterrupts'));
    // VMI_Init, and one a site.
    expect(asked).toBe(3);
    expect(rig.cpu.hostFunctions.interpreted.get('GetCR3')).toBe(ROUNDS);
  });

  test('no region begins behind a call, nor behind the long NOP that fills its place', async () => {
    const { rig } = await loopOf((program) => program.call('GetInterruptMask').raw(0x0f, 0x1f, 0x44, 0, 0));
    expect(rig.cpu.translation.stats().regions).toBe(0);
  });
});

const bytes32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

test('what is read through a pointer behind a call that forgets a translation is what is mapped then', async () => {
  const [P, W, PS] = [1, 2, 0x80];
  const [DIRECTORY, TABLE, AREA] = [0x10_0000, 0x12_0000, 0x0800_0000];
  const FRAMES = [0x20_0000, 0x21_0000] as const;
  const rig = await createRig({ threshold: 0 });
  const { state } = rig.cpu;
  rig.setWord(DIRECTORY, P | W | PS);
  rig.setWord(DIRECTORY + (AREA >>> 22) * 4, TABLE | P | W);
  rig.setWord(TABLE, FRAMES[0] | P | W);
  rig.setWord(FRAMES[0], 1, 2, 3);
  rig.setWord(FRAMES[1], 4, 5, 6);
  state.set(STATE.cr4, 0x10);
  // mov cr3, eax; mov cr0, eax; mov eax, [AREA]
  const paging = new Program()
    .set(EAX, DIRECTORY)
    .raw(0x0f, 0x22, 0xd8)
    .set(EAX, 0x8001_0011 | 0);
  rig.run(
    paging
      .raw(0x0f, 0x22, 0xc0)
      .init()
      .raw(0xa1, ...bytes32(AREA))
      .halt(),
  );
  // mov esi, [ebx]; mov edi, [ebx + 4]; mov ecx, [ebx + 8]
  const READS = [0x8b, 0x33, 0x8b, 0x7b, 4, 0x8b, 0x4b, 8];
  rig.setWord(TABLE, FRAMES[1] | P | W);
  // What the TLB holds is good until the call.
  const program = new Program()
    .set(EBX, AREA)
    .raw(...READS)
    .set(EAX, AREA)
    .call('InvalPage')
    .raw(...READS);
  rig.run(program.halt());
  expect([ESI, EDI, ECX].map((register) => state.gpr(register))).toEqual([4, 5, 6]);
});

test('an FPU that a call makes unavailable is looked for anew', async () => {
  const TS = 8;
  const DEVICE_NOT_AVAILABLE = 7;
  const rig = await createRig({ threshold: 0 });
  const faults: number[] = [];
  rig.onFault = (vector) => {
    faults.push(vector);
    rig.cpu.halt();
    return true;
  };
  // fninit; fld1; and fld1 behind the call
  rig.run(new Program().init().set(EAX, 0x11).call('SetCR0').halt());
  rig.run(new Program().raw(0xdb, 0xe3).halt());
  const program = new Program()
    .raw(0xd9, 0xe8)
    .set(EAX, 0x11 | TS)
    .call('SetCR0');
  const behind = program.here;
  rig.run(program.raw(0xd9, 0xe8).halt());
  expect({ faults, eip: rig.cpu.state.get(STATE.eip) }).toEqual({ faults: [DEVICE_NOT_AVAILABLE], eip: behind });
});

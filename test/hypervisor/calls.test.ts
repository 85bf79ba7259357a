/** The calls one by one, in every engine: results, what they keep, and where their faults are. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FLAT_CODE } from '../../runtime/protection/descriptors.ts';
import { CALLS, RELOCATION } from '../../src/hypervisor/calls.ts';
import { HEADER, ROM_BASE, slotOf } from '../../src/hypervisor/rom.ts';
import { CS, EFLAGS, SS, STATE } from '../../translator/layout.ts';
import {
  CODE,
  createRig,
  DATA,
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  ENGINES,
  ESI,
  ESP,
  Program,
  type Rig,
  STACK,
} from './rig.ts';

const IDT = 0x1000;
const GDT = 0x800;
const HANDLER = 0x4000;
const SELECTOR = { code: 0x08, data: 0x10, userCode: 0x1b, userData: 0x23 };

/** A GDT as the rig's selectors want it, and gates whose handlers stop the processor. */
const setTables = ({ cpu, setWord }: Rig): void => {
  const code = (dpl: number) => 0x00cf_9b00 | (dpl << 13);
  const data = (dpl: number) => 0x00cf_9300 | (dpl << 13);
  setWord(GDT, 0, 0, 0xffff, code(0), 0xffff, data(0), 0xffff, code(3), 0xffff, data(3));
  cpu.state.set(STATE.gdtBase, GDT);
  cpu.state.set(STATE.gdtLimit, 0x27);
  for (let vector = 0; vector < 32; vector++) {
    setWord(IDT + vector * 8, (SELECTOR.code << 16) | (HANDLER + vector * 16), 0x8e00);
    setWord(HANDLER + vector * 16, 0xf4);
  }
  cpu.state.set(STATE.idtBase, IDT);
  cpu.state.set(STATE.idtLimit, 0xff);
};

describe.each(ENGINES)('in %s', (_, engine) => {
  let rig: Rig;
  const gpr = (register: number): number => rig.cpu.state.gpr(register) >>> 0;
  const interruptsOn = (): boolean => (rig.cpu.state.get(STATE.eflags) & EFLAGS.IF) !== 0;
  beforeEach(async () => {
    rig = await createRig(engine);
  });

  test('get_reloc tells where each call is, at the address it was asked at, and how to bind it', () => {
    for (const { number, relocation } of CALLS) {
      rig.run(
        new Program()
          .set(EAX, number)
          .callAddress(ROM_BASE + HEADER.getReloc)
          .halt(),
      );
      expect([gpr(EAX), gpr(EDX)]).toEqual([
        relocation === RELOCATION.none ? 0 : ROM_BASE + slotOf(number),
        relocation,
      ]);
    }
  });

  test('get_reloc answers NONE for numbers that are no calls', () => {
    for (const number of [74, 75, 0x7fff_ffff, -1, -74]) {
      rig.run(
        new Program()
          .set(EAX, number)
          .callAddress(ROM_BASE + HEADER.getReloc)
          .halt(),
      );
      expect([gpr(EAX), gpr(EDX)]).toEqual([0, RELOCATION.none]);
    }
  });

  test('the calls of the interrupt flag keep every register and all flags', () => {
    const registers = [EAX, ECX, EDX, EBX, EBP, ESI, EDI];
    const program = new Program().init();
    for (const register of registers) program.set(register, 0x1111_1111 * (register + 1));
    // STC, then CLI, STI and the two that save and restore; what was saved goes to DATA.
    program
      .raw(0xf9)
      .call('DisableInterrupts')
      .call('EnableInterrupts')
      .raw(0x50)
      .call('GetInterruptMask')
      .storeEax(DATA);
    program.call('DisableInterrupts').call('SetInterruptMask').raw(0x58).call('DisableInterrupts').halt();
    rig.run(program);
    for (const register of registers) expect(gpr(register)).toBe((0x1111_1111 * (register + 1)) >>> 0);
    expect(rig.word(DATA)).toBe(EFLAGS.IF);
    expect(rig.cpu.readEflags() & (EFLAGS.CF | EFLAGS.IF)).toBe(EFLAGS.CF);
    expect(gpr(ESP)).toBe(STACK);
  });

  test('SetInterruptMask looks at IF alone', () => {
    rig.run(new Program().init().set(EAX, ~EFLAGS.IF).call('SetInterruptMask').halt());
    expect(interruptsOn()).toBe(false);
    rig.run(
      new Program()
        .init()
        .set(EAX, EFLAGS.IF | EFLAGS.TF | EFLAGS.NT)
        .call('SetInterruptMask')
        .halt(),
    );
    expect(rig.cpu.state.get(STATE.eflags) & (EFLAGS.IF | EFLAGS.TF | EFLAGS.NT)).toBe(EFLAGS.IF);
  });

  test('an interrupt that waits is taken on EnableInterrupts, at the return address', () => {
    setTables(rig);
    rig.run(new Program().init().halt());
    rig.cpu.board.acknowledgeInterrupt = () => {
      rig.cpu.setInterruptRequest(false);
      return 20;
    };
    rig.cpu.setInterruptRequest(true);
    const program = new Program().call('DisableInterrupts').call('EnableInterrupts');
    const back = program.here;
    rig.run(program.set(EAX, 1).halt());
    expect(rig.cpu.state.get(STATE.eip)).toBe(HANDLER + 20 * 16 + 1);
    expect(rig.word(gpr(ESP))).toBe(back);
  });

  test('a call through a pointer that has not been patched, and one that changes', () => {
    const read = (name: string) => CALLS.find((call) => call.name === name)!.number;
    rig.setWord(DATA, ROM_BASE + slotOf(read('GetCR0')));
    // Three times round: the pointer is changed before the last one.
    const program = new Program().init().set(EBX, 3).set(ESI, 0);
    const loop = program.here;
    program.callPointer(DATA).raw(0x01, 0xc6);
    program.raw(0x83, 0xfb, 2, 0x75, 10, 0xc7, 0x05, ...bytes32(DATA), ...bytes32(ROM_BASE + slotOf(read('GetCR3'))));
    program.raw(0x4b, 0x75, (loop - program.here - 3) & 0xff).halt();
    rig.cpu.state.set(STATE.cr3, 0x1000);
    rig.run(program);
    expect(gpr(ESI)).toBe(2 * 0x11 + 0x1000);
  });

  test('control registers are set and read', () => {
    const program = new Program().init().set(EAX, 0x1234_5678).call('SetCR2').set(EAX, 0).call('GetCR2').storeEax(DATA);
    program
      .set(EAX, 0x19)
      .call('SetCR0')
      .call('GetCR0')
      .storeEax(DATA + 4)
      .call('CLTS')
      .call('GetCR0')
      .storeEax(DATA + 8);
    program
      .set(EAX, 0x20_0000)
      .call('SetCR3')
      .call('GetCR3')
      .storeEax(DATA + 12);
    program
      .set(EAX, 0x90)
      .call('SetCR4')
      .call('GetCR4')
      .storeEax(DATA + 16)
      .halt();
    rig.run(program);
    expect([0, 1, 2, 3, 4].map((n) => rig.word(DATA + n * 4))).toEqual([0x1234_5678, 0x19, 0x11, 0x20_0000, 0x90]);
  });

  test('descriptors are written where the base says', () => {
    for (const [n, name] of ['WriteGDTEntry', 'WriteLDTEntry', 'WriteIDTEntry'].entries()) {
      const base = DATA + n * 0x100;
      rig.run(
        new Program()
          .init()
          .push(0xaabb_ccdd)
          .set(EAX, base)
          .set(EDX, 3)
          .set(ECX, n + 1)
          .call(name)
          .drop(4)
          .halt(),
      );
      expect([rig.word(base + 24), rig.word(base + 28)]).toEqual([n + 1, 0xaabb_ccdd]);
      expect(gpr(ESP)).toBe(STACK);
    }
  });

  test('ports and the APIC', () => {
    const program = new Program()
      .init()
      .set(EDX, 0x1_0060)
      .call('INB')
      .storeEax(DATA)
      .set(EAX, 0x1_0055)
      .set(EDX, 0x80);
    program.call('OUTW').set(EAX, 0xfee0_00b0).set(EDX, 7).call('APICWrite').set(EAX, 0x20).call('APICRead').halt();
    rig.run(program);
    expect(rig.seen.ports).toEqual(['in 96 1', `out 128 2 ${0x55}`]);
    expect(rig.seen.apic).toEqual([`${0xb0} 7`]);
    expect([rig.word(DATA), gpr(EAX)]).toEqual([0x78, 0x21]);
  });

  test('CPUID gives four registers, RDTSC the cycle counter', () => {
    rig.run(new Program().init().set(EAX, 0).call('CPUID').halt());
    expect([gpr(EBX), gpr(EDX), gpr(ECX)]).toEqual([0x756e_6547, 0x4965_6e69, 0x6c65_746e]);
    rig.run(new Program().init().call('RDTSC').halt());
    expect(gpr(EAX)).toBe(rig.clock.now() - 2);
  });

  test('SetDR drops what the TLB knows of the pages that are watched from then on', () => {
    const length4 = 3 << 18;
    const onWrites = 1 << 16;
    const at = stopAtFault(rig);
    const program = new Program().init().storeEax(DATA);
    const watch = (register: number, value: number) => program.set(EAX, register).set(EDX, value).call('SetDR');
    watch(0, DATA);
    watch(7, length4 | onWrites | 1);
    program.storeEax(DATA);
    const behind = program.here;
    rig.run(program.halt());
    expect(at()).toMatchObject({ vector: 1, eip: behind });
  });

  test('an unknown register in RDMSR is #GP, and can be skipped', () => {
    setTables(rig);
    const program = new Program().init().set(ECX, 0x1234).call('RDMSR');
    const back = program.here;
    rig.run(program.halt());
    expect(rig.cpu.delivered[13]).toBe(1);
    const esp = gpr(ESP);
    expect([rig.word(esp), rig.word(esp + 16)]).toEqual([0, back]);
  });

  test('IRET returns to ring 3 with all flags, IOPL among them', () => {
    setTables(rig);
    const image = EFLAGS.IF | EFLAGS.IOPL | EFLAGS.CF | EFLAGS.ZF | 2;
    const program = new Program()
      .init()
      .push(SELECTOR.userData)
      .push(0x5000)
      .push(image)
      .push(SELECTOR.userCode)
      .push(CODE + 0x800);
    // The user program: HLT, which is #GP there.
    rig.cpu.physical.write(CODE + 0x800, Uint8Array.of(0xf4));
    rig.cpu.state.set(STATE.eflags, 2);
    const at = stopAtFault(rig);
    rig.run(program.call('IRET').halt());
    expect(at()).toEqual({ vector: 13, eip: CODE + 0x800, cs: SELECTOR.userCode, esp: 0x5000 });
    expect(rig.cpu.readEflags()).toBe(image);
  });

  test('a fault of IRET is at its site, with the stack at the frame', () => {
    setTables(rig);
    rig.run(new Program().init().halt());
    const program = new Program().push(SELECTOR.userData).push(0x5000).push(2).push(0xfff8).push(CODE);
    const site = program.here;
    program.call('IRET').halt();
    // The first time the runtime takes note of the site; then the core module tries.
    for (let time = 0; time < 2; time++) {
      const at = stopAtFault(rig);
      rig.run(program);
      expect(at()).toEqual({ vector: 13, eip: site, cs: 8, esp: STACK - 20 });
    }
  });

  test('SYSEXIT goes to ring 3 with interrupts on', () => {
    rig.cpu.state.set(STATE.sysenterCs, SELECTOR.code);
    rig.cpu.physical.write(CODE + 0x800, Uint8Array.of(0xf4));
    const at = stopAtFault(rig);
    rig.run(
      new Program()
        .init()
        .set(EDX, CODE + 0x800)
        .set(ECX, 0x5000)
        .set(EAX, 77)
        .call('SYSEXIT')
        .halt(),
    );
    expect(at()).toEqual({ vector: 13, eip: CODE + 0x800, cs: SELECTOR.userCode, esp: 0x5000 });
    expect([gpr(EAX), interruptsOn()]).toEqual([77, true]);
  });

  test('a call from ring 3 is #UD', () => {
    rig.cpu.state.setSegment(CS, SELECTOR.userCode, 0, 0xffff_ffff, FLAT_CODE | 0x60);
    rig.cpu.state.setSegment(SS, SELECTOR.userData, 0, 0xffff_ffff, 0xc0f3);
    rig.cpu.setCpl(3);
    rig.cpu.updateMode();
    const at = stopAtFault(rig);
    rig.run(new Program().call('DisableInterrupts').halt());
    expect(at()).toMatchObject({ vector: 6, eip: ROM_BASE + slotOf(30) });
  });

  test('Halt sleeps with interrupts on, Shutdown with interrupts off, Reboot resets', () => {
    rig.run(new Program().init().call('Halt'));
    expect([rig.cpu.halted, interruptsOn()]).toEqual([true, true]);
    rig.run(new Program().init().call('Shutdown'));
    expect([rig.cpu.halted, interruptsOn()]).toEqual([true, false]);
    rig.run(new Program().init().set(EAX, 1).call('Reboot').halt());
    expect(rig.seen.resets).toBe(1);
  });

  test('the state of another processor is taken in, and nobody starts with it', () => {
    rig.setWord(DATA, 0x8005_0023);
    rig.run(new Program().init().set(EAX, DATA).set(EDX, 1).call('SetInitialAPState').halt());
    expect([...rig.hypervisor.initialStates.get(1)!.subarray(0, 4)]).toEqual([0x23, 0, 5, 0x80]);
  });
});

const bytes32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** What the guest was doing when its next exception came; the handler does not run. */
const stopAtFault = (rig: Rig): (() => { vector: number; eip: number; cs: number; esp: number } | undefined) => {
  let seen: { vector: number; eip: number; cs: number; esp: number } | undefined;
  rig.onFault = (vector) => {
    const { cpu } = rig;
    const { state } = cpu;
    seen = { vector, eip: state.get(STATE.eip), cs: state.selector(CS), esp: state.gpr(ESP) };
    cpu.halt();
    return true;
  };
  return () => seen;
};

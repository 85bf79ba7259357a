import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryBus, PortBus } from '../../src/machine/bus.ts';
import { Interrupts } from '../../src/machine/interrupts.ts';
import { FakeClock, FakePins } from './fakes.ts';

const APIC = 0xfee0_0000;
const IO_APIC = 0xfec0_0000;
const Register = {
  TPR: 0x80,
  PPR: 0xa0,
  EOI: 0xb0,
  LDR: 0xd0,
  SVR: 0xf0,
  ISR: 0x100,
  TMR: 0x180,
  IRR: 0x200,
  ESR: 0x280,
};
const ICR = 0x300;
/** Destination shorthands and a delivery mode of the ICR. */
const [SELF, ALL, OTHERS] = [0x4_0000, 0x8_0000, 0xc_0000] as const;
const INIT = 0x500;
const Lvt = { TIMER: 0x320, LINT0: 0x350, LINT1: 0x360, ERROR: 0x370 };
const Timer = { INITIAL: 0x380, CURRENT: 0x390, DIVIDE: 0x3e0 };
const MASKED = 0x1_0000;
const PERIODIC = 0x2_0000;
const LEVEL = 0x8000;
const DIVIDE_BY_1 = 0xb;

let clock: FakeClock;
let pins: FakePins;
let ports: PortBus;
let memory: MemoryBus;
let interrupts: Interrupts;
let resets: number;

const read = (register: number) => memory.read(APIC + register, 4);
const write = (register: number, value: number) => memory.write(APIC + register, 4, value);
const selfInterrupt = (vector: number) => write(ICR, SELF | vector);
/** Takes every pending interrupt without EOI. */
const take = () => (pins.interruptRequest ? interrupts.acknowledge() : -1);

beforeEach(() => {
  clock = new FakeClock();
  pins = new FakePins();
  ports = new PortBus();
  memory = new MemoryBus();
  resets = 0;
  interrupts = new Interrupts(clock, pins, ports, memory, () => resets++);
});

describe('local APIC', () => {
  test('identifies itself', () => {
    expect(read(0x20)).toBe(0);
    expect(read(0x30)).toBe(0x0005_0014);
  });

  test.each([
    ['to itself', SELF | INIT, 1],
    ['to all', ALL | INIT, 1],
    ['to the others', OTHERS | INIT, 0],
    ['whose level goes down', ALL | LEVEL | INIT, 0],
  ])('resets the machine by INIT %s: %i', (_, command, expected) => {
    write(ICR, command);
    expect(resets).toBe(expected);
  });

  test('serves by priority class and resumes after EOI', () => {
    selfInterrupt(0x35);
    selfInterrupt(0x41);
    selfInterrupt(0x31);
    expect(take()).toBe(0x41);
    expect(read(Register.ISR + 0x20)).toBe(1 << 1);
    expect(pins.interruptRequest).toBe(false);
    selfInterrupt(0x52);
    expect(take()).toBe(0x52);
    expect(read(Register.PPR)).toBe(0x50);
    write(Register.EOI, 0);
    expect(take()).toBe(-1);
    write(Register.EOI, 0);
    expect(take()).toBe(0x35);
    expect(take()).toBe(-1);
    write(Register.EOI, 0);
    expect(take()).toBe(0x31);
  });

  test('the task priority holds back its class and those below', () => {
    write(Register.TPR, 0x40);
    selfInterrupt(0x4f);
    expect(pins.interruptRequest).toBe(false);
    expect(read(Register.IRR + 0x20)).toBe(1 << 15);
    selfInterrupt(0x50);
    expect(take()).toBe(0x50);
    write(Register.EOI, 0);
    write(Register.TPR, 0);
    expect(take()).toBe(0x4f);
  });

  test('illegal vectors and registers are errors', () => {
    write(Lvt.ERROR, 0x60);
    selfInterrupt(5);
    expect(take()).toBe(0x60);
    write(Register.ESR, 0);
    expect(read(Register.ESR)).toBe(0x20);
    read(0x3f0);
    write(Register.ESR, 0);
    expect(read(Register.ESR)).toBe(0x80);
    write(Register.ESR, 0);
    expect(read(Register.ESR)).toBe(0);
  });

  test('messages to other processors go nowhere, those to itself arrive', () => {
    write(ICR + 0x10, 3 << 24);
    write(ICR, 0x4055);
    write(ICR, 0xc_4055);
    expect(pins.interruptRequest).toBe(false);
    write(ICR + 0x10, 0);
    write(ICR, 0x4055);
    expect(take()).toBe(0x55);
    write(Register.LDR, 0x0200_0000);
    write(ICR + 0x10, 0x0300_0000);
    write(ICR, 0x4866);
    expect(take()).toBe(0x66);
    write(ICR, 0x4c00);
    expect(pins.nonMaskable).toBe(1);
  });

  test('software disabling masks the local vector table and takes no more messages', () => {
    write(Lvt.TIMER, 0x40);
    write(Register.SVR, 0xff);
    expect(read(Lvt.TIMER)).toBe(0x40 | MASKED);
    write(Lvt.TIMER, 0x40);
    expect(read(Lvt.TIMER)).toBe(0x40 | MASKED);
    selfInterrupt(0x50);
    expect(pins.interruptRequest).toBe(false);
  });
});

describe('APIC timer', () => {
  beforeEach(() => write(Timer.DIVIDE, DIVIDE_BY_1));

  test('one-shot: counts down once', () => {
    write(Lvt.TIMER, 0x40);
    write(Timer.INITIAL, 1000);
    clock.advance(400);
    expect(read(Timer.CURRENT)).toBe(600);
    clock.advance(599);
    expect(pins.interruptRequest).toBe(false);
    clock.advance(1);
    expect(take()).toBe(0x40);
    expect(read(Timer.CURRENT)).toBe(0);
    expect(clock.nextDeadline()).toBe(Infinity);
  });

  test('periodic: an exact grid', () => {
    write(Lvt.TIMER, 0x40 | PERIODIC);
    write(Timer.INITIAL, 1000);
    let count = 0;
    for (let time = 0; time < 100_000; time += 250) {
      clock.advance(250);
      if (take() === 0x40) {
        count++;
        write(Register.EOI, 0);
      }
    }
    expect(count).toBe(100);
  });

  /** Takes what is pending, each with its EOI; how many there were. */
  const takeAll = () => {
    let count = 0;
    for (; take() === 0x40; count++) write(Register.EOI, 0);
    return count;
  };

  test('lost ticks: a late machine gets those it missed one after the other, and the next on the grid', () => {
    write(Lvt.TIMER, 0x40 | PERIODIC);
    write(Timer.INITIAL, 1000);
    clock.jump(5300);
    expect(takeAll()).toBe(5);
    expect(clock.nextDeadline()).toBe(6000);
    clock.advance(700);
    expect(takeAll()).toBe(1);
  });

  test('lost ticks: those that come while one waits are not lost either, up to a limit', () => {
    write(Lvt.TIMER, 0x40 | PERIODIC);
    write(Timer.INITIAL, 1000);
    clock.advance(3000);
    expect(takeAll()).toBe(3);
    clock.jump(1_000_000_000);
    expect(takeAll()).toBe(4096);
  });

  test.each([
    ['is masked', () => write(Lvt.TIMER, 0x40 | PERIODIC | MASKED), 0],
    ['gets a new count', () => write(Timer.INITIAL, 1000), 0],
  ])('lost ticks: a timer that %s owes none', (_, change, owed) => {
    write(Lvt.TIMER, 0x40 | PERIODIC);
    write(Timer.INITIAL, 1000);
    clock.jump(5300);
    expect(take()).toBe(0x40);
    write(Register.EOI, 0);
    // The second tick has been requested already.
    expect(take()).toBe(0x40);
    change();
    write(Register.EOI, 0);
    expect(takeAll()).toBe(1 + owed);
  });

  test('the divisor stretches the count, also of a running timer', () => {
    write(Lvt.TIMER, 0x40);
    write(Timer.DIVIDE, 3);
    write(Timer.INITIAL, 100);
    expect(clock.nextDeadline()).toBe(1600);
    clock.advance(800);
    write(Timer.DIVIDE, DIVIDE_BY_1);
    expect(read(Timer.CURRENT)).toBe(50);
    expect(clock.nextDeadline()).toBe(850);
  });

  test('a masked timer counts but needs no event; 0 stops it', () => {
    write(Lvt.TIMER, 0x40 | MASKED);
    write(Timer.INITIAL, 1000);
    expect(clock.nextDeadline()).toBe(Infinity);
    clock.advance(300);
    expect(read(Timer.CURRENT)).toBe(700);
    write(Lvt.TIMER, 0x40);
    expect(clock.nextDeadline()).toBe(1000);
    write(Timer.INITIAL, 0);
    expect(clock.nextDeadline()).toBe(Infinity);
  });

  test('one-shot: an end that is due but not yet seen is not lost when the timer is written to', () => {
    write(Lvt.TIMER, 0x40);
    write(Timer.INITIAL, 1000);
    clock.skip(1500);
    write(Lvt.TIMER, 0x41);
    clock.runDue();
    expect(take()).toBe(0x41);
    write(Register.EOI, 0);
    write(Lvt.TIMER, 0x42);
    clock.runDue();
    expect(take()).toBe(-1);
  });

  test('one-shot: an end that fell into a time of being masked stays unheard', () => {
    write(Lvt.TIMER, 0x40 | MASKED);
    write(Timer.INITIAL, 1000);
    clock.advance(1500);
    write(Lvt.TIMER, 0x40);
    clock.advance(5000);
    expect(take()).toBe(-1);
    write(Timer.INITIAL, 1000);
    clock.advance(1000);
    expect(take()).toBe(0x40);
  });
});

describe('virtual wire mode', () => {
  beforeEach(() => {
    for (const [port, ...words] of [
      [0x20, 0x11],
      [0x21, 0x20, 4, 1, 0],
      [0xa0, 0x11],
      [0xa1, 0x28, 2, 1, 0],
    ]) {
      for (const word of words) ports.write(port, 1, word);
    }
  });

  test('the 8259 interrupts through LINT0, unless that is masked', () => {
    const line = interrupts.line(4);
    line(true);
    expect(pins.interruptRequest).toBe(true);
    write(Lvt.LINT0, 0x700 | MASKED);
    expect(pins.interruptRequest).toBe(false);
    write(Lvt.LINT0, 0x700);
    expect(take()).toBe(0x24);
  });

  test('with the APIC off by its MSR the 8259 reaches the CPU directly and the registers vanish', () => {
    write(Lvt.LINT0, MASKED);
    interrupts.line(4)(true);
    expect(pins.interruptRequest).toBe(false);
    interrupts.apicBase = interrupts.apicBase & ~0x800;
    expect(read(0x30)).toBe(0xffff_ffff);
    expect(take()).toBe(0x24);
  });

  test('the registers follow the base address', () => {
    interrupts.apicBase = 0xfed0_0900;
    expect(memory.read(0xfed0_0030, 4)).toBe(0x0005_0014);
    expect(read(0x30)).toBe(0xffff_ffff);
  });

  test('LINT0 as a fixed vector and as NMI', () => {
    write(Lvt.LINT0, 0x55);
    const line = interrupts.line(4);
    line(true);
    expect(take()).toBe(0x55);
    line(false);
    write(Lvt.LINT0, 0x400);
    line(true);
    expect(pins.nonMaskable).toBe(1);
  });

  test('an acknowledge without a request answers -1', () => {
    expect(interrupts.acknowledge()).toBe(-1);
  });
});

describe('I/O APIC', () => {
  const readEntry = (index: number) => {
    memory.write(IO_APIC, 4, index);
    return memory.read(IO_APIC + 0x10, 4);
  };
  const redirect = (pin: number, low: number, high = 0) => {
    memory.write(IO_APIC, 4, 0x11 + 2 * pin);
    memory.write(IO_APIC + 0x10, 4, high);
    memory.write(IO_APIC, 4, 0x10 + 2 * pin);
    memory.write(IO_APIC + 0x10, 4, low);
  };
  const REMOTE_IRR = 0x4000;

  beforeEach(() => write(Lvt.LINT0, MASKED));

  test('has 24 masked pins', () => {
    expect(readEntry(1)).toBe(0x0017_0011);
    expect(readEntry(0x10)).toBe(MASKED);
    expect(readEntry(0x10 + 46)).toBe(MASKED);
    expect(readEntry(0x10 + 48)).toBe(0);
  });

  test('an edge is delivered once, and lost while masked', () => {
    const line = interrupts.line(4);
    redirect(4, 0x61 | MASKED);
    line(true);
    redirect(4, 0x61);
    expect(take()).toBe(-1);
    line(false);
    line(true);
    expect(take()).toBe(0x61);
    write(Register.EOI, 0);
    expect(take()).toBe(-1);
  });

  test('the timer arrives at pin 2', () => {
    redirect(2, 0x30);
    interrupts.line(0)(true);
    expect(take()).toBe(0x30);
  });

  test('a level is repeated after each EOI while it lasts', () => {
    const line = interrupts.line(10);
    redirect(10, 0x71 | LEVEL);
    line(true);
    expect(take()).toBe(0x71);
    expect(readEntry(0x10 + 20) & REMOTE_IRR).toBe(REMOTE_IRR);
    expect(read(Register.TMR + 0x30)).toBe(1 << 17);
    expect(take()).toBe(-1);
    write(Register.EOI, 0);
    expect(take()).toBe(0x71);
    line(false);
    write(Register.EOI, 0);
    expect(take()).toBe(-1);
    expect(readEntry(0x10 + 20) & REMOTE_IRR).toBe(0);
  });

  test('two devices share a level line', () => {
    const [a, b] = [interrupts.line(11), interrupts.line(11)];
    redirect(11, 0x72 | LEVEL);
    a(true);
    b(true);
    expect(take()).toBe(0x72);
    a(false);
    write(Register.EOI, 0);
    expect(take()).toBe(0x72);
    b(false);
    write(Register.EOI, 0);
    expect(take()).toBe(-1);
  });

  test('a pin made edge triggered forgets its remote IRR', () => {
    const line = interrupts.line(10);
    redirect(10, 0x71 | LEVEL);
    line(true);
    redirect(10, 0x71 | MASKED);
    expect(readEntry(0x10 + 20) & REMOTE_IRR).toBe(0);
  });

  test('destinations other than this processor are not served', () => {
    redirect(4, 0x61, 5 << 24);
    const line = interrupts.line(4);
    line(true);
    expect(take()).toBe(-1);
  });
});

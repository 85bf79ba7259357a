import { beforeEach, describe, expect, test } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { PIT_FREQUENCY, Pit } from '../../src/machine/pit.ts';
import { connectPort61 } from '../../src/machine/port61.ts';
import type { TickState } from '../../src/machine/tick-backlog.ts';
import { FakeClock, probe, SECOND } from './fakes.ts';

let clock: FakeClock;
let ports: PortBus;
let irq: ReturnType<typeof probe>['state'];
let pit: Pit;
let lastTick: TickState;

const out = (port: number, ...values: number[]) => {
  for (const value of values) ports.write(port, 1, value);
};
const program = (channel: number, mode: number, count: number, bcd = 0) => {
  out(0x43, (channel << 6) | 0x30 | (mode << 1) | bcd);
  out(0x40 + channel, count & 0xff, count >> 8);
};
const latched = (channel: number) => {
  out(0x43, channel << 6);
  return ports.read(0x40 + channel, 1) | (ports.read(0x40 + channel, 1) << 8);
};
/** Time of n ticks, plus a little. */
const ticks = (n: number) => (n * SECOND) / PIT_FREQUENCY + 1;

beforeEach(() => {
  clock = new FakeClock();
  ports = new PortBus();
  const { state, line } = probe();
  irq = state;
  lastTick = 'taken';
  pit = new Pit(clock, line, () => lastTick);
  pit.connect(ports);
  connectPort61(ports, clock, pit.channels[2]);
});

describe('channel 0', () => {
  for (const mode of [2, 3]) {
    test(`mode ${mode} keeps its rate without drift over an hour`, () => {
      program(0, mode, 11932);
      irq.edges = 0;
      clock.advance(3600 * SECOND);
      expect(irq.edges).toBe(Math.floor((3600 * PIT_FREQUENCY - 1) / 11932));
    });
  }

  test('lost ticks: a late machine gets those it missed, each once the one before is acknowledged, the next on the grid', () => {
    program(0, 2, 1000);
    irq.edges = 0;
    clock.jump(ticks(3500));
    for (const expected of [1, 2, 3, 3]) {
      expect(irq.edges).toBe(expected);
      pit.acknowledged();
    }
    clock.advance(ticks(400));
    expect(irq.edges).toBe(3);
    clock.advance(ticks(102));
    expect(irq.edges).toBe(4);
  });

  test('lost ticks: none comes while the one before waits', () => {
    program(0, 2, 1000);
    irq.edges = 0;
    clock.advance(ticks(1002));
    lastTick = 'waiting';
    clock.advance(ticks(3000));
    pit.acknowledged();
    expect(irq.edges).toBe(1);
    lastTick = 'taken';
    for (let i = 0; i < 5; i++) pit.acknowledged();
    expect(irq.edges).toBe(4);
  });

  test('lost ticks: those that nobody listened for are not made up for', () => {
    program(0, 2, 1000);
    irq.edges = 0;
    lastTick = 'unheard';
    clock.jump(ticks(3500));
    lastTick = 'taken';
    pit.acknowledged();
    expect(irq.edges).toBe(1);
  });

  test('lost ticks: a new count that takes over meanwhile changes the rate, not what is owed', () => {
    program(0, 2, 1000);
    irq.edges = 0;
    out(0x40, 500 & 0xff, 500 >> 8);
    clock.skip(ticks(2100));
    latched(0);
    clock.runDue();
    for (let i = 0; i < 5; i++) pit.acknowledged();
    // At 1000, 1500 and 2000.
    expect(irq.edges).toBe(3);
  });

  test('mode 0 interrupts once, at the end of the count', () => {
    program(0, 0, 500);
    expect(irq.level).toBe(false);
    clock.advance(ticks(499));
    expect(irq.edges).toBe(0);
    clock.advance(ticks(3));
    expect(irq).toEqual({ level: true, edges: 1 });
    clock.advance(SECOND);
    expect(irq.edges).toBe(1);
  });

  test('mode 4 strobes once, and a control word alone stops it', () => {
    program(0, 4, 500);
    irq.edges = 0;
    clock.advance(ticks(503));
    expect(irq.edges).toBe(1);
    program(0, 4, 500);
    irq.edges = 0;
    out(0x43, 0x38);
    clock.advance(SECOND);
    expect(irq.edges).toBe(0);
    expect(clock.nextDeadline()).toBe(Infinity);
  });

  test('a new count takes over at the end of the period', () => {
    program(0, 2, 1000);
    clock.advance(ticks(100));
    irq.edges = 0;
    out(0x40, 0x64, 0);
    clock.advance(ticks(800));
    expect(irq.edges).toBe(0);
    clock.advance(ticks(402));
    expect(irq.edges).toBe(4);
  });

  test('count 0 means 65536, or 10000 in BCD', () => {
    for (const [bcd, period] of [
      [0, 65536],
      [1, 10000],
    ]) {
      program(0, 2, 0, bcd);
      irq.edges = 0;
      clock.advance(ticks(period * 3 + 10));
      expect(irq.edges).toBe(3);
    }
  });
});

describe('reading back', () => {
  test('a latched count does not move until it is read', () => {
    program(0, 2, 1000);
    clock.advance(ticks(101));
    out(0x43, 0);
    clock.advance(ticks(300));
    out(0x43, 0);
    const first = ports.read(0x40, 1) | (ports.read(0x40, 1) << 8);
    expect(first).toBeGreaterThanOrEqual(899);
    expect(first).toBeLessThanOrEqual(901);
    expect(latched(0)).toBeLessThan(601);
  });

  test('read-back latches status and count of several channels', () => {
    program(0, 2, 1000);
    program(1, 3, 2000);
    clock.advance(ticks(1));
    out(0x43, 0xc0 | 0x02 | 0x04);
    expect(ports.read(0x40, 1) & 0xbf).toBe(0x80 | 0x34);
    expect(ports.read(0x41, 1) & 0xbf).toBe(0x80 | 0x36);
    const count = ports.read(0x41, 1) | (ports.read(0x41, 1) << 8);
    expect(count).toBeGreaterThan(1990);
  });

  test('BCD counts read as decimal digits', () => {
    program(1, 2, 0x1000, 1);
    clock.advance(ticks(502));
    const count = latched(1);
    expect(count >> 8).toBe(0x04);
    expect(count & 0xff).toBeGreaterThanOrEqual(0x98);
  });

  test('the access mode chooses which bytes go through', () => {
    out(0x43, 0x14 | 0x40);
    out(0x41, 200);
    clock.advance(ticks(51));
    const [first, second] = [ports.read(0x41, 1), ports.read(0x41, 1)];
    expect(first).toBe(second);
    expect(Math.abs(first - 150)).toBeLessThanOrEqual(1);
  });
});

describe('channel 2 and port 61h', () => {
  const OUT2 = 0x20;
  const output = () => (ports.read(0x61, 1) & OUT2) !== 0;

  test('mode 0 counts only while the gate is open', () => {
    out(0x61, 1);
    program(2, 0, 1000);
    clock.advance(ticks(600));
    expect(output()).toBe(false);
    out(0x61, 0);
    clock.advance(ticks(5000));
    expect(output()).toBe(false);
    out(0x61, 1);
    clock.advance(ticks(300));
    expect(output()).toBe(false);
    clock.advance(ticks(110));
    expect(output()).toBe(true);
  });

  test('modes 1 and 5 wait for the gate to rise', () => {
    program(2, 1, 100);
    clock.advance(ticks(500));
    expect(output()).toBe(true);
    out(0x61, 1);
    clock.advance(ticks(50));
    expect(output()).toBe(false);
    clock.advance(ticks(60));
    expect(output()).toBe(true);
    out(0x61, 0, 1);
    out(0x61, 1);
    clock.advance(ticks(2));
    expect(output()).toBe(false);
  });

  test('mode 3 is high for the first half of each period', () => {
    out(0x61, 1);
    program(2, 3, 1000);
    clock.advance(ticks(300));
    expect(output()).toBe(true);
    clock.advance(ticks(400));
    expect(output()).toBe(false);
    clock.advance(ticks(400));
    expect(output()).toBe(true);
  });

  test('the refresh bit toggles', () => {
    const before = ports.read(0x61, 1) & 0x10;
    clock.advance(15_085);
    expect(ports.read(0x61, 1) & 0x10).not.toBe(before);
  });
});

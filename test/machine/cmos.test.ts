import { beforeEach, describe, expect, test } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { Cmos } from '../../src/machine/cmos.ts';
import { FakeClock, MILLISECOND, probe, SECOND } from './fakes.ts';

const Register = { SECONDS: 0, SECONDS_ALARM: 1, MINUTES: 2, MINUTES_ALARM: 3, HOURS: 4, HOURS_ALARM: 5 };
const [WEEKDAY, DAY, MONTH, YEAR, A, B, C, CENTURY] = [6, 7, 8, 9, 10, 11, 12, 0x32];
const HOUR_24 = 0x02;
const BINARY = 0x04;

let clock: FakeClock;
let ports: PortBus;
let irq: ReturnType<typeof probe>['state'];
let cmos: Cmos;

const read = (register: number) => {
  ports.write(0x70, 1, register);
  return ports.read(0x71, 1);
};
const write = (register: number, value: number) => {
  ports.write(0x70, 1, register);
  ports.write(0x71, 1, value);
};
const date = () => [CENTURY, YEAR, MONTH, DAY, Register.HOURS, Register.MINUTES, Register.SECONDS].map(read);

beforeEach(() => {
  clock = new FakeClock();
  ports = new PortBus();
  const { state, line } = probe();
  irq = state;
  cmos = new Cmos(clock, line, { memory: 256 << 20, date: Date.UTC(2026, 11, 31, 23, 59, 58) });
  cmos.connect(ports);
});

describe('time', () => {
  test('runs with the clock, in BCD', () => {
    expect(date()).toEqual([0x20, 0x26, 0x12, 0x31, 0x23, 0x59, 0x58]);
    clock.advance(2 * SECOND);
    expect(date()).toEqual([0x20, 0x27, 0x01, 0x01, 0, 0, 0]);
    expect(read(WEEKDAY)).toBe(6);
  });

  test('in binary and with 12 hours', () => {
    write(B, BINARY);
    expect(date()).toEqual([20, 26, 12, 31, 0x80 | 11, 59, 58]);
    clock.advance(2 * SECOND);
    expect(read(Register.HOURS)).toBe(12);
  });

  test('is set while SET holds it', () => {
    write(B, 0x80 | HOUR_24);
    const values = [0x20, 0x31, 0x02, 0x28, 0x07, 0x08, 0x09];
    [CENTURY, YEAR, MONTH, DAY, Register.HOURS, Register.MINUTES, Register.SECONDS].forEach((register, i) => {
      write(register, values[i]);
    });
    clock.advance(5 * SECOND);
    expect(date()).toEqual(values);
    write(B, HOUR_24);
    clock.advance(3 * SECOND);
    expect(date()).toEqual([...values.slice(0, 6), 0x12]);
  });

  test('the update is announced shortly before the second changes', () => {
    clock.advance(999 * MILLISECOND);
    expect(read(A) & 0x80).toBe(0);
    clock.advance(0.9 * MILLISECOND);
    expect(read(A) & 0x80).toBe(0x80);
    clock.advance(0.2 * MILLISECOND);
    expect(read(A) & 0x80).toBe(0);
    expect(read(Register.SECONDS)).toBe(0x59);
  });
});

describe('interrupts', () => {
  test('periodic: 1024 Hz at rate 6, each held until register C is read', () => {
    write(B, 0x40 | HOUR_24);
    let count = 0;
    for (let i = 0; i < 10_000; i++) {
      clock.advance(SECOND / 10_000);
      if (irq.level) {
        expect(read(C) & 0xc0).toBe(0xc0);
        count++;
      }
    }
    expect(count).toBe(1024);
  });

  test('update-ended: once a second', () => {
    write(B, 0x10 | HOUR_24);
    clock.advance(0.5 * SECOND);
    expect(irq.level).toBe(false);
    clock.advance(0.6 * SECOND);
    expect(irq.level).toBe(true);
    expect(read(C) & 0x90).toBe(0x90);
    expect(irq.level).toBe(false);
  });

  test('alarm: at its time, with wildcards', () => {
    write(Register.SECONDS_ALARM, 0x03);
    write(Register.MINUTES_ALARM, 0xff);
    write(Register.HOURS_ALARM, 0xff);
    write(B, 0x20 | HOUR_24);
    clock.advance(4.5 * SECOND);
    expect(irq.edges).toBe(0);
    clock.advance(SECOND);
    expect(irq.edges).toBe(1);
    expect(read(C) & 0xa0).toBe(0xa0);
  });

  test('flags rise without interrupts, and no event is pending then', () => {
    clock.advance(SECOND);
    expect(read(C)).toBe(0x50);
    expect(read(C)).toBe(0);
    expect(clock.nextDeadline()).toBe(Infinity);
  });
});

test('memory sizes and the NMI mask', () => {
  expect(read(0x15) | (read(0x16) << 8)).toBe(640);
  expect(read(0x17) | (read(0x18) << 8)).toBe(0xffff);
  expect(read(0x34) | (read(0x35) << 8)).toBe((240 << 20) >> 16);
  ports.write(0x70, 1, 0x8f);
  expect(cmos.nmiMasked).toBe(true);
});

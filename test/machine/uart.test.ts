import { beforeEach, describe, expect, test } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { ByteQueue } from '../../src/machine/byte-queue.ts';
import { Uart } from '../../src/machine/uart.ts';
import { FakeClock, MILLISECOND, probe } from './fakes.ts';

const BASE = 0x3f8;
const Register = { DATA: 0, IER: 1, IIR: 2, FCR: 2, LCR: 3, MCR: 4, LSR: 5, MSR: 6 };
const NONE = 0xc1;

let clock: FakeClock;
let ports: PortBus;
let input: ByteQueue;
let irq: ReturnType<typeof probe>['state'];
let sent: number[];

const read = (register: number) => ports.read(BASE + register, 1);
const write = (register: number, value: number) => ports.write(BASE + register, 1, value);
const type = (text: string) => input.push(new TextEncoder().encode(text));
const drain = () => {
  let text = '';
  while (read(Register.LSR) & 1) text += String.fromCharCode(read(Register.DATA));
  return text;
};

beforeEach(() => {
  clock = new FakeClock();
  ports = new PortBus();
  input = new ByteQueue();
  sent = [];
  const { state, line } = probe();
  irq = state;
  new Uart(clock, line, input, (byte) => sent.push(byte)).connect(ports, BASE);
  write(Register.MCR, 0x0b);
  write(Register.FCR, 0x81);
});

describe('sending', () => {
  test('bytes go out and the holding register is empty at once', () => {
    for (const byte of [0x68, 0x69]) write(Register.DATA, byte);
    expect(sent).toEqual([0x68, 0x69]);
    expect(read(Register.LSR)).toBe(0x60);
  });

  test('the empty interrupt comes when enabled and after each byte, and goes when it is identified', () => {
    write(Register.IER, 2);
    expect(irq.level).toBe(true);
    expect(read(Register.IIR)).toBe(0xc2);
    expect(irq.level).toBe(false);
    expect(read(Register.IIR)).toBe(NONE);
    write(Register.DATA, 0x41);
    expect(irq.level).toBe(true);
    write(Register.IER, 0);
    expect(irq.level).toBe(false);
    write(Register.IER, 2);
    expect(read(Register.IIR)).toBe(0xc2);
  });

  test('without OUT2 the line stays quiet', () => {
    write(Register.MCR, 0x03);
    write(Register.IER, 2);
    expect(irq.level).toBe(false);
    write(Register.MCR, 0x0b);
    expect(irq.level).toBe(true);
  });
});

describe('receiving', () => {
  test('a full FIFO interrupts at its trigger level, the rest by timeout', () => {
    write(Register.IER, 1);
    type('0123456789');
    clock.advance(0.1 * MILLISECOND);
    expect(read(Register.IIR)).toBe(0xc4);
    for (let i = 0; i < 4; i++) read(Register.DATA);
    expect(irq.level).toBe(false);
    clock.advance(1 * MILLISECOND);
    expect(read(Register.IIR)).toBe(0xcc);
    expect(drain()).toBe('456789');
    expect(read(Register.IIR)).toBe(NONE);
    expect(irq.level).toBe(false);
  });

  test('nothing is lost however slowly the guest reads', () => {
    write(Register.IER, 1);
    const text = Array.from({ length: 1000 }, (_, i) => String(i)).join(' ');
    type(text);
    let received = '';
    for (let i = 0; i < 1000; i++) {
      clock.advance(0.2 * MILLISECOND);
      received += drain();
    }
    expect(received).toBe(text);
    expect(read(Register.LSR) & 2).toBe(0);
  });

  test('typed-ahead input waits for a driver and survives its FIFO reset and blind reads', () => {
    type('echo hello\n');
    clock.advance(10 * MILLISECOND);
    expect(read(Register.LSR) & 1).toBe(0);
    write(Register.IER, 1);
    clock.advance(10 * MILLISECOND);
    expect(read(Register.LSR) & 1).toBe(1);
    write(Register.FCR, 0x83);
    read(Register.LSR);
    read(Register.DATA);
    clock.advance(10 * MILLISECOND);
    expect(drain()).toBe('echo hello\n');
  });

  test('a few characters that came while the guest polled interrupt once it asks for that', () => {
    type('abc');
    for (let i = 0; i < 16; i++) read(Register.LSR);
    clock.advance(1 * MILLISECOND);
    expect(irq.level).toBe(false);
    write(Register.IER, 1);
    clock.advance(1 * MILLISECOND);
    expect(read(Register.IIR)).toBe(0xcc);
    expect(drain()).toBe('abc');
  });

  test('a guest that polls gets its input without interrupts', () => {
    type('ok');
    for (let i = 0; i < 20; i++) read(Register.LSR);
    clock.advance(MILLISECOND);
    expect(drain()).toBe('ok');
    expect(irq.edges).toBe(0);
  });

  test('the sender is told to wait, and when to go on', () => {
    let drained = 0;
    input.onDrain = () => drained++;
    write(Register.IER, 1);
    expect(input.push(new Uint8Array(70_000))).toBe(false);
    for (let i = 0; i < 5000 && drained === 0; i++) {
      clock.advance(0.1 * MILLISECOND);
      drain();
    }
    expect(drained).toBe(1);
  });
});

describe('registers', () => {
  test('the divisor latch hides behind DLAB', () => {
    write(Register.IER, 5);
    write(Register.LCR, 0x83);
    write(Register.DATA, 0x0c);
    write(Register.IER, 0x01);
    expect([read(Register.DATA), read(Register.IER)]).toEqual([0x0c, 0x01]);
    write(Register.LCR, 0x03);
    expect(read(Register.IER)).toBe(5);
    expect(sent).toEqual([]);
  });

  test('it identifies as a 16550A', () => {
    expect(read(Register.IIR) & 0xc0).toBe(0xc0);
    write(Register.FCR, 0);
    expect(read(Register.IIR) & 0xc0).toBe(0);
    write(Register.IER, 0xff);
    expect(read(Register.IER)).toBe(0x0f);
  });

  test('loopback connects modem lines and data, and keeps both from the outside', () => {
    write(Register.MCR, 0x1a);
    expect(read(Register.MSR) & 0xf0).toBe(0x90);
    write(Register.DATA, 0x55);
    expect(sent).toEqual([]);
    expect(read(Register.LSR) & 1).toBe(1);
    expect(read(Register.DATA)).toBe(0x55);
    expect(irq.level).toBe(false);
  });

  test('a change of modem lines interrupts until it is read', () => {
    write(Register.MCR, 0x1b);
    read(Register.MSR);
    write(Register.IER, 8);
    write(Register.MCR, 0x19);
    expect(read(Register.IIR)).toBe(0xc0);
    expect(read(Register.MSR)).toBe(0xa1);
    expect(read(Register.IIR)).toBe(NONE);
  });

  test('an overrun in loopback is a line status interrupt', () => {
    write(Register.IER, 4);
    write(Register.MCR, 0x10);
    for (let i = 0; i < 17; i++) write(Register.DATA, i);
    expect(read(Register.IIR)).toBe(0xc6);
    expect(read(Register.LSR) & 2).toBe(2);
    expect(read(Register.IIR)).toBe(NONE);
  });
});

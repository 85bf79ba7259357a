import { beforeEach, expect, test } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { Pic } from '../../src/machine/pic.ts';
import { probe } from './fakes.ts';

const MASTER = 0x20;
const SLAVE = 0xa0;
const EOI = 0x20;

let ports: PortBus;
let pic: Pic;
let intr: ReturnType<typeof probe>['state'];

const out = (port: number, ...values: number[]) => {
  for (const value of values) ports.write(port, 1, value);
};

/** As Linux does it: vectors 20h and 28h, everything unmasked. */
function initialize(icw4 = 0x01): void {
  for (const [port, base, icw3] of [
    [MASTER, 0x20, 4],
    [SLAVE, 0x28, 2],
  ]) {
    out(port, 0x11);
    out(port + 1, base, icw3, icw4, 0);
  }
}

beforeEach(() => {
  const { state, line } = probe();
  intr = state;
  ports = new PortBus();
  pic = new Pic(line);
  pic.connect(ports);
  initialize();
});

test('the most urgent request is served first, the others after its EOI', () => {
  for (const irq of [6, 3, 12]) pic.setLine(irq, true);
  expect(intr.level).toBe(true);
  expect(pic.acknowledge()).toBe(0x2c);
  expect(intr.level).toBe(false);
  out(SLAVE, EOI);
  out(MASTER, EOI);
  expect(intr.level).toBe(true);
  expect(pic.acknowledge()).toBe(0x23);
  expect(intr.level).toBe(false);
  pic.setLine(1, true);
  expect(intr.level).toBe(true);
  expect(pic.acknowledge()).toBe(0x21);
  out(MASTER, EOI, EOI);
  expect(pic.acknowledge()).toBe(0x26);
});

test('a masked request waits; one that goes away becomes the spurious vector', () => {
  out(MASTER + 1, 0x08);
  pic.setLine(3, true);
  expect(intr.level).toBe(false);
  out(MASTER + 1, 0);
  expect(intr.level).toBe(true);
  pic.setLine(3, false);
  expect(intr.level).toBe(false);
  expect(pic.acknowledge()).toBe(0x27);
  out(MASTER, 0x0b);
  expect(ports.read(MASTER, 1)).toBe(0);
});

test('a spurious interrupt of the slave leaves the cascade in service', () => {
  pic.setLine(9, true);
  out(SLAVE + 1, 0x02);
  pic.setLine(2, true);
  expect(pic.acknowledge()).toBe(0x2f);
  out(MASTER, 0x0b);
  out(SLAVE, 0x0b);
  expect([ports.read(MASTER, 1), ports.read(SLAVE, 1)]).toEqual([0x04, 0]);
});

test('an edge interrupts once, a level for as long as it lasts', () => {
  out(0x4d1, 0x0c);
  expect(ports.read(0x4d1, 1)).toBe(0x0c);
  const serve = (irq: number) => {
    pic.setLine(irq, true);
    const vector = pic.acknowledge();
    if (irq >= 8) out(SLAVE, EOI);
    out(MASTER, EOI);
    return [vector, intr.level];
  };
  expect(serve(4)).toEqual([0x24, false]);
  expect(serve(10)).toEqual([0x2a, true]);
  pic.setLine(10, false);
  expect(intr.level).toBe(false);
});

test('the timer, keyboard, cascade, clock and coprocessor lines are always edge triggered', () => {
  out(0x4d0, 0xff, 0xff);
  out(0x4d1, 0xff);
  expect(ports.read(0x4d0, 2)).toBe(0xdef8);
});

test('two requests waiting at the slave are both served', () => {
  pic.setLine(14, true);
  pic.setLine(12, true);
  expect(pic.acknowledge()).toBe(0x2c);
  out(SLAVE, EOI);
  out(MASTER, EOI);
  expect(intr.level).toBe(true);
  expect(pic.acknowledge()).toBe(0x2e);
});

test('automatic EOI leaves nothing in service', () => {
  initialize(0x03);
  pic.setLine(3, true);
  expect(pic.acknowledge()).toBe(0x23);
  pic.setLine(5, true);
  expect(pic.acknowledge()).toBe(0x25);
});

test('rotation makes the served input the least urgent', () => {
  pic.setLine(3, true);
  expect(pic.acknowledge()).toBe(0x23);
  out(MASTER, 0xa0);
  pic.setLine(3, false);
  pic.setLine(3, true);
  pic.setLine(7, true);
  expect(pic.acknowledge()).toBe(0x27);
});

test('in special mask mode a masked input in service holds nothing back', () => {
  pic.setLine(1, true);
  pic.acknowledge();
  pic.setLine(6, true);
  expect(intr.level).toBe(false);
  out(MASTER + 1, 0x02);
  expect(intr.level).toBe(false);
  out(MASTER, 0x68);
  expect(intr.level).toBe(true);
  expect(pic.acknowledge()).toBe(0x26);
});

test('specific EOI ends the input it names', () => {
  for (const irq of [5, 2 + 8]) pic.setLine(irq, true);
  expect(pic.acknowledge()).toBe(0x2a);
  out(MASTER, 0x62);
  out(MASTER, 0x0b);
  expect(ports.read(MASTER, 1)).toBe(0);
  expect(pic.acknowledge()).toBe(0x25);
});

test('polling serves without an acknowledge cycle', () => {
  pic.setLine(4, true);
  out(MASTER, 0x0c);
  expect(ports.read(MASTER, 1)).toBe(0x84);
  expect(intr.level).toBe(false);
  out(MASTER, 0x0c);
  expect(ports.read(MASTER, 1)).toBe(0);
});

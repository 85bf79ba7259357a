import { expect, it } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { CoprocessorError } from '../../src/machine/coprocessor-error.ts';
import { FakePins, probe } from './fakes.ts';

const setUp = () => {
  const { state, line } = probe();
  const pins = new FakePins();
  const ports = new PortBus();
  const error = new CoprocessorError(line, pins);
  error.connect(ports);
  return { irq: state, pins, error, clear: () => ports.write(0xf0, 1, 0) };
};

it('holds IRQ 13 from FERR# until port F0h is written', () => {
  const { irq, error, clear } = setUp();
  error.setError(true);
  expect(irq.level).toBe(true);
  clear();
  expect(irq.level).toBe(false);
});

it('asserts IGNNE# from the write to port F0h until FERR# goes', () => {
  const { pins, error, clear } = setUp();
  error.setError(true);
  expect(pins.numericErrorsIgnored).toBe(false);
  clear();
  expect(pins.numericErrorsIgnored).toBe(true);
  error.setError(false);
  expect(pins.numericErrorsIgnored).toBe(false);
});

it('asserts no IGNNE# without an error', () => {
  const { pins, clear } = setUp();
  clear();
  expect(pins.numericErrorsIgnored).toBe(false);
});

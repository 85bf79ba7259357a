import { expect, it } from 'vitest';
import { PortBus } from '../../src/machine/bus.ts';
import { CoprocessorError } from '../../src/machine/coprocessor-error.ts';

it('holds IRQ 13 from FERR# until port F0h is written', () => {
  const levels: boolean[] = [];
  const ports = new PortBus();
  const error = new CoprocessorError((level) => levels.push(level));
  error.connect(ports);
  error.raise();
  expect(levels).toEqual([true]);
  ports.write(0xf0, 1, 0);
  expect(levels).toEqual([true, false]);
});

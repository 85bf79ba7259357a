import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { MiB } from '../../src/machine/memory-map.ts';
import { embeddedGuest, MEMORY_LIMITS, specifyMachine } from '../../src/machine/specification.ts';
import { makeBzImage } from './boot/kernels.ts';

const kernel = makeBzImage();

describe('the specification of a machine', () => {
  it('fills in defaults', () => {
    expect(specifyMachine({ kernel })).toMatchObject({
      memorySize: 256 * MiB,
      initrd: undefined,
      commandLine: '',
      disks: [],
      icount: false,
      engine: {},
      kernel: { format: 'bzImage', name: 'kernel' },
    });
  });

  it('takes whole pages of memory', () => {
    expect(specifyMachine({ kernel, memory: 8 * MiB + 5000 }).memorySize).toBe(8 * MiB + 4096);
  });

  it.each([MEMORY_LIMITS.least - 1, MEMORY_LIMITS.most + 1, -1, Number.NaN, Infinity])('refuses %d bytes', (memory) => {
    expect(() => specifyMachine({ kernel, memory })).toThrow(UserError);
  });

  it.each([MEMORY_LIMITS.least, MEMORY_LIMITS.most])('accepts %d bytes', (memory) => {
    expect(specifyMachine({ kernel, memory }).memorySize).toBe(memory);
  });

  it.each([
    [{ threshold: -1 }, 'engine.threshold: -1 is not a whole number from 0'],
    [{ threshold: 0.5 }, 'engine.threshold: 0.5 is not a whole number from 0'],
    [{ regionLimit: 0 }, 'engine.regionLimit: 0 is not a whole number from 1'],
    [{ maxRegions: 0 }, 'engine.maxRegions: 0 is not a whole number from 1'],
  ])('refuses the engine options %j', (engine, message) => {
    expect(() => specifyMachine({ kernel, engine })).toThrow(message);
  });

  it('refuses content without bytes', () => {
    expect(() => specifyMachine({ kernel, initrd: new Uint8Array() })).toThrow('initrd: no bytes given');
  });

  it('boots the embedded guest when no kernel is given', () => {
    expect(existsSync(embeddedGuest())).toBe(true);
    expect(specifyMachine({}).kernel).toMatchObject({ format: 'multiboot', name: embeddedGuest() });
  });
});

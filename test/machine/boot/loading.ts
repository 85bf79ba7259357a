import { identifyKernel } from '../../../src/machine/boot/identify.ts';
import { loadKernel } from '../../../src/machine/boot/load.ts';
import type { LoadInputs, StartState } from '../../../src/machine/boot/plan.ts';
import { e820Map } from '../../../src/machine/e820.ts';
import { MiB } from '../../../src/machine/memory-map.ts';

export interface Loaded {
  readonly start: StartState;
  readonly memory: Uint8Array;
  readonly view: DataView;
}

/** Loads a kernel into RAM that is filled with 0xcc before, so that what must be cleared shows. */
export function load(bytes: Uint8Array, inputs: Partial<LoadInputs> = {}, size = 64 * MiB): Loaded {
  const memory = new Uint8Array(size).fill(0xcc);
  const kernel = identifyKernel({ name: 'boot/kernel', bytes });
  const target = { memory, e820: inputs.e820 ?? e820Map(size) };
  const start = loadKernel(kernel, target, { commandLine: '', ...inputs });
  return { start, memory, view: new DataView(memory.buffer) };
}

/** The 0-terminated text at a physical address. */
export function textAt({ memory }: Loaded, address: number): string {
  return Buffer.from(memory.subarray(address, memory.indexOf(0, address))).toString();
}

/** Zero indirection in a whole kernel: the modules made while the embedded guest runs are disassembled and counted. */
import { expect, test } from 'vitest';
import { CALLS } from '../../src/hypervisor/calls.ts';
import { createMachine } from '../../src/index.ts';
import { functionsOf } from '../../translator/wasm/text.ts';

const PATIENCE_MS = 240_000;

/** Runs `action` and gives the modules that were compiled meanwhile on this thread. */
const modulesOf = async (action: () => Promise<void>): Promise<Uint8Array[]> => {
  const modules: Uint8Array[] = [];
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      super(bytes);
      modules.push(bytes as Uint8Array);
    }
  };
  try {
    await action();
  } finally {
    WebAssembly.Module = Module;
  }
  return modules;
};

test('every VMI site that a kernel executes is bound', { timeout: PATIENCE_MS }, async () => {
  const machine = await createMachine({
    append: '-- forktest; vmi selftest',
    engine: { threshold: 0 },
    memory: 32 << 20,
  });
  let output = '';
  machine.console.output.on('data', (data: Buffer) => {
    output += data.toString();
  });
  const modules = await modulesOf(async () => {
    expect((await machine.run()).reason).toBe('poweroff');
  });
  await machine.stop();
  expect(output).toMatch(/vmi selftest: .*: ok/);

  const called = new Map<string, number>();
  for (const module of modules) {
    for (const text of (await functionsOf(module)).values()) {
      for (const [, name] of JSON.stringify(text).matchAll(/call \$vmi\.(\w+)/g)) {
        called.set(name!, (called.get(name!) ?? 0) + 1);
      }
    }
  }
  const { vmi } = machine.stats();
  // What runs once or twice is translated before it is known where its pointers lead, and not again.
  expect(vmi!.unbound.filter(({ translated }) => translated)).toEqual([]);
  expect(vmi!.inlinedSites).toBeGreaterThan(50);
  expect([...called.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(vmi!.importedSites);
  const imported = CALLS.filter(({ binding }) => binding === 'wasm' || binding === 'javascript');
  for (const name of called.keys()) expect(imported.map((call) => call.name)).toContain(name);
  for (const name of ['IRET', 'SYSEXIT', 'SetCR3', 'SetPxE']) expect(called.get(name), name).toBeGreaterThan(0);
});

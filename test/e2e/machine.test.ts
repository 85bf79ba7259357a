/** The machine of the public API, with the embedded guest. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../../src/index.ts';
import { GUEST_IMAGE, PROMPT, plain } from '../guest/session.ts';

let machine: Machine;
let output: string;

afterEach(() => machine.stop());

async function create(options: MachineOptions = {}): Promise<Machine> {
  machine = await createMachine({ memory: 32 << 20, ...options });
  output = '';
  machine.console.output.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  return machine;
}

/** Waits until the console has shown `text`, beginning at character `from`. */
async function shown(text: string, from = 0): Promise<void> {
  while (!output.slice(from).includes(text)) await once(machine.console.output, 'data');
}

describe('a machine', () => {
  test('stands still until it is run, and ends at power off', async () => {
    await create({ append: '-- hello', kernel: readFileSync(GUEST_IMAGE) });
    expect(machine.stats().instructions).toEqual({ interpreter: 0, translated: 0 });
    const events: string[] = [];
    machine.on('poweroff', () => events.push('poweroff')).on('stop', () => events.push('stop'));
    expect(await machine.run()).toEqual({ reason: 'poweroff' });
    await machine.stop();
    await machine.stop();
    expect(events).toEqual(['poweroff', 'stop']);
    expect(plain(output)).toMatch(/\nHello from ring 3, process \d+\nPower off\.\n$/);
    expect(machine.stats().instructions.interpreter).toBeGreaterThan(100_000);
    await expect(machine.run()).rejects.toThrow('stopped');
  });

  test('pauses and goes on where it was', async () => {
    await create();
    let outcome = machine.run();
    await expect(machine.run()).rejects.toThrow('runs already');
    await shown(PROMPT);
    machine.pause();
    expect(await outcome).toEqual({ reason: 'paused' });
    const { instructions } = machine.stats();
    machine.console.input.write('echo after a pause\n');
    const from = output.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(machine.stats().instructions).toEqual(instructions);
    expect(output.length).toBe(from);
    outcome = machine.run();
    await shown('\nafter a pause\r\n', from);
    machine.console.input.write('poweroff\n');
    expect(await outcome).toEqual({ reason: 'poweroff' });
  });

  test('says that the guest resets itself', async () => {
    await create({ append: '-- reboot' });
    const reset = once(machine, 'reset');
    const outcome = machine.run();
    await reset;
    await machine.stop();
    expect(await outcome).toEqual({ reason: 'stopped' });
  });

  test('spends no host time on a guest that waits', async () => {
    await create();
    const outcome = machine.run();
    await shown(PROMPT);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = machine.stats().instructions.interpreter;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // A tick of the guest's timer is a few hundred instructions; a busy second would be a hundred million.
    expect(machine.stats().instructions.interpreter - before).toBeLessThan(1_000_000);
    await machine.stop();
    expect(await outcome).toEqual({ reason: 'stopped' });
  });

  test('repeats a run exactly when time counts instructions', async () => {
    const runs = [];
    for (let n = 0; n < 2; n++) {
      await create({ append: '-- forktest 3; time primes 20000; ps', icount: true, engine: { threshold: 20 } });
      await machine.run();
      await machine.stop();
      const { exceptions, instructions } = machine.stats();
      runs.push({ output, exceptions, instructions: instructions.interpreter + instructions.translated });
    }
    expect(runs[0]!.output).toMatch(/Power off/);
    expect(runs[1]).toEqual(runs[0]);
  });
});

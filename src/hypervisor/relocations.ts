/** What a VMI ROM of any make answers for each call: found out by running its code on a bare CPU. */
import { createCpu } from '../cpu.ts';
import type { BareCpu } from '../cpu-api.ts';
import { UserError } from '../errors.ts';
import { CALLS, type Relocation } from './calls.ts';
import { buildRom, HEADER, ROM_BASE, relocationOf } from './rom.ts';

const MEMORY = 1 << 20;
const STACK = 0x8000;
/** Where the ROM's code returns to. */
const RETURN = 0x1000;
/** A ROM that takes longer than this to answer does not. */
const PATIENCE = 1_000_000;
const TYPES = 4;

/**
 * Asks for all calls, by number. The ROM is mapped at ROM_BASE, linear and physical.
 * @throws UserError, one line, when its code does not do what kernels expect
 */
export async function relocationsOf(name: string, rom: Uint8Array): Promise<readonly Relocation[]> {
  // Ours has no code: its slots are traps for the hypervisor of a machine.
  if (Buffer.from(rom).equals(buildRom())) return CALLS.map(({ number }) => relocationOf(number, ROM_BASE));
  const cpu = await createCpu({ memory: MEMORY, engine: 'interpreter' });
  try {
    cpu.enterFlatMode(0);
    cpu.load(ROM_BASE, rom);
    const status = enter(cpu, name, 'init', HEADER.init, 0);
    if (status !== 0) throw new UserError(`${name}: init refuses with ${status}`);
    return CALLS.map(({ number }) => ask(cpu, name, number));
  } finally {
    await cpu.close();
  }
}

function ask(cpu: BareCpu, name: string, call: number): Relocation {
  const target = enter(cpu, name, `get_reloc(${call})`, HEADER.getReloc, call);
  const type = cpu.registers.edx & 0xff;
  if (type >= TYPES) throw new UserError(`${name}: get_reloc(${call}) answers with the unknown type ${type}`);
  return { type: type as Relocation['type'], target: target >>> 0 };
}

/** Calls the ROM's code at `offset` as a kernel does; what it leaves in EAX. */
function enter(cpu: BareCpu, name: string, what: string, offset: number, argument: number): number {
  const { registers } = cpu;
  new DataView(cpu.memory.buffer, cpu.memory.byteOffset).setUint32(STACK, RETURN, true);
  Object.assign(registers, { eax: argument, esp: STACK, eip: ROM_BASE + offset, eflags: 2 });
  const stop = cpu.run({ address: RETURN, instructions: PATIENCE, fault: true });
  if (stop === 'fault') throw new UserError(`${name}: ${what} raises exception ${cpu.fault?.vector}`);
  if (stop !== 'address') throw new UserError(`${name}: ${what} does not return`);
  return registers.eax;
}

/**
 * What the calls do that are not done in line. Arguments are read from the registers, results put there; stack
 * arguments are at frame + 4 and above. A function throws GuestFault before it has changed anything, and returns true
 * when translated code must look anew at mappings, mode or EIP.
 */

import type { Cpu } from '../../runtime/cpu.ts';
import { readDebugRegister, writeDebugRegister } from '../../runtime/debug.ts';
import { HOST } from '../../runtime/host/index.ts';
import type { Processor } from '../../runtime/processor.ts';
import { generalProtection } from '../../runtime/state.ts';
import { decode } from '../../translator/isa/decoder.ts';
import { EFLAGS, STATE } from '../../translator/layout.ts';
import type { HypervisorBoard } from './board.ts';

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
const ESP = 4;

export interface Context {
  readonly cpu: Processor;
  readonly board: HypervisorBoard;
}

/** By name of the call; no result means false. */
// biome-ignore lint/suspicious/noConfusingVoidType: most functions have nothing to say
export type CallFunction = (context: Context, frame: number) => boolean | void;

/** A call that does what one instruction does: its bytes. */
const native = (bytes: readonly number[], leaves = false): CallFunction => {
  const instruction = decode((index) => bytes[index] ?? 0, 32);
  if (typeof instruction === 'string') throw new Error(`no instruction: ${bytes}`);
  const action = HOST[instruction.line.host!]!;
  return ({ cpu }) => {
    action(cpu, instruction);
    return leaves;
  };
};

const portIn =
  (size: 1 | 2 | 4): CallFunction =>
  ({ cpu: { state }, board }) =>
    state.setGpr(EAX, board.portRead(state.gpr(EDX) & 0xffff, size));
const portOut =
  (size: 1 | 2 | 4): CallFunction =>
  ({ cpu: { state }, board }) =>
    board.portWrite(state.gpr(EDX) & 0xffff, size, (state.gpr(EAX) & (2 ** (8 * size) - 1)) >>> 0);

/** The register's offset in the APIC's page; an address of it serves as well. */
const APIC_OFFSET = 0xfff;

const sysexit = native([0x0f, 0x35]);
const iret = native([0xcf]);

export const CALL_FUNCTIONS: Readonly<Record<string, CallFunction>> = {
  CPUID: native([0x0f, 0xa2]),
  WRMSR: native([0x0f, 0x30], true),
  RDMSR: native([0x0f, 0x32]),
  // LGDT, LIDT, SGDT, SIDT [eax]
  SetGDT: native([0x0f, 0x01, 0x10]),
  SetIDT: native([0x0f, 0x01, 0x18]),
  GetGDT: native([0x0f, 0x01, 0x00]),
  GetIDT: native([0x0f, 0x01, 0x08]),
  // LLDT, LTR ax
  SetLDT: native([0x0f, 0x00, 0xd0]),
  SetTR: native([0x0f, 0x00, 0xd8]),
  // MOV cr, eax
  SetCR0: native([0x0f, 0x22, 0xc0], true),
  SetCR4: native([0x0f, 0x22, 0xe0], true),
  SetDR: ({ cpu }) => {
    writeDebugRegister(cpu, debugRegister(cpu), cpu.state.gpr(EDX));
    return true;
  },
  GetDR: ({ cpu }) => cpu.state.setGpr(EAX, readDebugRegister(cpu.state, debugRegister(cpu))),
  CLTS: native([0x0f, 0x06]),
  /** The frame lies above the return address. On a fault the caller puts ESP back. */
  IRET: (context, frame) => {
    context.cpu.state.setGpr(ESP, frame + 4);
    iret(context, frame);
    return true;
  },
  SYSEXIT: (context, frame) => {
    sysexit(context, frame);
    const { state } = context.cpu;
    state.set(STATE.eflags, state.get(STATE.eflags) | EFLAGS.IF);
    return true;
  },
  /** Interrupts on, and asleep until one comes; one that waits already ends it at once. */
  Halt: ({ cpu }) => {
    const { state } = cpu;
    state.set(STATE.eflags, state.get(STATE.eflags) | EFLAGS.IF);
    cpu.halt();
    return true;
  },
  /** Soft or hard: without a BIOS to go on after INIT both are a reset of the machine. */
  Reboot: ({ board }) => {
    board.reset();
    return true;
  },
  Shutdown: ({ cpu }) => {
    const { state } = cpu;
    state.set(STATE.eflags, state.get(STATE.eflags) & ~EFLAGS.IF);
    cpu.halt();
    return true;
  },
  INL: portIn(4),
  INW: portIn(2),
  INB: portIn(1),
  OUTL: portOut(4),
  OUTW: portOut(2),
  OUTB: portOut(1),
  APICWrite: ({ cpu: { state }, board }) => board.apicWrite(state.gpr(EAX) & APIC_OFFSET, state.gpr(EDX) >>> 0),
  APICRead: ({ cpu: { state }, board }) => state.setGpr(EAX, board.apicRead(state.gpr(EAX) & APIC_OFFSET)),
};

/** DR4 and DR5 are other names of DR6 and DR7. */
const debugRegister = ({ state }: Cpu): number => {
  const index = state.gpr(EAX) >>> 0;
  if (index > 7) generalProtection();
  return index === 4 || index === 5 ? index + 2 : index;
};

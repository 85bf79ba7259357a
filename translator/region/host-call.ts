/**
 * Functions of the host that the guest calls at addresses: what translated code must know of them, and the code it
 * makes of a call. Such a function does its work, takes the return address from the stack and goes on there; in the
 * count of instructions it is one. What the functions are for is not known here.
 */

import { OPERATIONS, type OperationName } from '../host-operations.ts';
import type { Line } from '../isa/line.ts';
import { isIndirect } from '../isa/line.ts';
import { ARITHMETIC_FLAGS, EFLAGS, PAGE_SIZE, STATE } from '../layout.ts';
import type { Val } from '../wasm/code.ts';
import type { ClosedOps } from './closed.ts';
import type { RegionContext } from './context.ts';
import { flagWords } from './flag-words.ts';
import type { Placed } from './graph.ts';
import { SHORTCUTS, type ShortcutName } from './host-shortcuts.ts';

const EAX = 0;
const ECX = 1;
const EDX = 2;
const ESP = 4;

/** What can be done in the region's own instructions. */
export interface Inlined {
  readonly does: OperationName;
  /** Offset of the state word that it is about. */
  readonly word?: number;
}

export interface HostCall {
  /** It is imported as `vmi.<name>`. */
  readonly name: string;
  /** Where it lies in the page of host functions. */
  readonly offset: number;
  readonly inlined?: Inlined | 'storeDescriptor' | undefined;
  /** What it mostly comes to, done in line; the imported function is called for the rest. */
  readonly shortcut?: ShortcutName | undefined;
  /** General registers that an imported function reads and writes, bits by encoding. */
  readonly reads: number;
  readonly writes: number;
  /** It goes on elsewhere than at its return address, and may read and load all flags. */
  readonly transfers: boolean;
}

/** The module that host functions are imported from. */
export const HOST_MODULE = 'vmi';

/** What an imported function returns. Its argument is the linear address of the return address on the stack. */
export const HOST_RESULT = {
  /** It cannot be done like this, and nothing has changed: the interpreter does the call. */
  refused: 0,
  done: 1,
  /** Done; but what the region assumes may hold no more, or something wants attention. */
  leave: 2,
} as const;

/** How the host functions can be reached when a region is translated. */
export interface HostBinding {
  /** Linear pages in which the page of functions appears, with its execute entry. */
  readonly pages: readonly { readonly number: number; readonly entry: number }[];
  /** Pairs: EIP behind an indirect call or jump, and where it led last. */
  readonly expected: Int32Array;
}

/** A call of a host function in translated code. */
export interface BoundCall {
  readonly call: HostCall;
  /** Linear page in which the function was found. */
  readonly page: number;
  /** Jumped to: the return address is the caller's. */
  readonly jump: boolean;
  /** The target is a value at run time, and this while the binding holds. */
  readonly expected?: number;
}

/** Instructions that a bound call stands for: the guest's own, and the function. */
export const BOUND_FUEL = 2;

/** What the analyses must know of a bound call. */
const boundLine = (line: Line, { transfers }: HostCall, goesOn: boolean): Line => ({
  ...line,
  inline: true,
  ends: goesOn ? 'no' : 'leave',
  reads: transfers ? ARITHMETIC_FLAGS : 0,
  writes: 0,
});

/** Makes calls and jumps to host functions bound ones. `calls`: by offset. */
export const hostBinder = (calls: ReadonlyMap<number, HostCall>, { pages, expected: pairs }: HostBinding) => {
  const expected = new Map<number, number>();
  for (let n = 0; n < pairs.length; n += 2) expected.set(pairs[n]!, pairs[n + 1]!);
  return (placed: Placed): Placed => {
    const { instruction } = placed;
    const { line } = instruction;
    const behind = (placed.eip + instruction.length) | 0;
    const direct = line.operands[0] === 'Jz' && (line.ends === 'call' || line.ends === 'jump');
    if (!direct && !isIndirect(line)) return placed;
    const target = direct ? (behind + instruction.immediate) | 0 : expected.get(behind);
    const page = target === undefined ? undefined : pages.find(({ number }) => number === target >>> 12);
    const call = page && calls.get(target! & (PAGE_SIZE - 1));
    if (!call) return placed;
    const jump = line.mnemonic === 'jmp';
    const goesOn = !jump && !call.transfers;
    return {
      ...placed,
      instruction: { ...instruction, line: boundLine(line, call, goesOn) },
      bound: { call, page: page.number, jump, ...(!direct && { expected: target! }) },
    };
  };
};

/** Builds the code of a bound call. */
export const emitHostCall = (o: ClosedOps, region: RegionContext, bound: BoundCall): void => {
  const { c } = o;
  const { call, jump, expected } = bound;
  if (expected !== undefined) {
    const target = c.copy(o.get(0));
    c.if(c.ne(target, expected), () => {
      if (!jump) o.push(o.nextEip(), 32);
      region.leaveAfter(1, target);
    });
  }
  // Above ESP as the region has it, where a call's return address is not there any more.
  const frame = jump ? 0 : -4;
  const back = jump && !call.transfers ? o.top(32) : o.nextEip();
  if (call.inlined === 'storeDescriptor') emitStoreDescriptor(o, frame);
  else if (call.inlined) emitInlined(o, call.inlined, frame);
  else {
    leaveReturnAddress(o, frame);
    const imported = () => emitImported(o, region, call, frame, back);
    if (call.shortcut) emitShortcut(o, call.shortcut, frame, imported);
    else imported();
  }
  if (!jump || call.transfers) return;
  o.release(4);
  region.leaveAfter(BOUND_FUEL, back);
};

const pending = (o: ClosedOps): Val => o.c.ne(o.c.load(STATE.request), 0);

/** What a call leaves on the stack: ESP is back at once. Behind all checks, before all other writes. */
const leaveReturnAddress = (o: ClosedOps, frame: number): void => {
  if (frame !== 0) o.storeBelow(o.nextEip());
};

const emitInlined = (o: ClosedOps, { does, word = 0 }: Inlined, frame: number): void => {
  const { c } = o;
  // Setting IF while something waits to be delivered.
  if (does === 'enable') o.slowIf(pending(o));
  if (does === 'writeEnabled') o.slowIf(c.and(pending(o), c.shrU(o.reg(EAX), Math.log2(EFLAGS.IF))));
  leaveReturnAddress(o, frame);
  OPERATIONS[does](
    {
      c,
      reg: (index) => o.reg(index),
      setReg: (index, value) => o.setReg(index, value),
      systemFlags: () => o.systemFlags(),
      setSystemFlags: (value) => o.setSystemFlags(value),
      timestamp: () => o.timestamp(BOUND_FUEL - 1),
    },
    word,
  );
};

/** The doublewords ECX and [ESP+4] go to EAX + 8 EDX. */
const emitStoreDescriptor = (o: ClosedOps, frame: number): void => {
  const { c } = o;
  const high = o.loadStack(c.add(o.reg(ESP), frame + 4), 32);
  const at = o.translate(c.add(o.reg(EAX), c.shl(o.reg(EDX), 3)), 8, true);
  leaveReturnAddress(o, frame);
  c.store(at, o.reg(ECX));
  c.store(at, high, 32, 4);
};

const emitShortcut = (o: ClosedOps, name: ShortcutName, frame: number, imported: () => void): void => {
  const { c } = o;
  const [done, call] = [c.label('done'), c.label('call')];
  c.block(done, () => {
    c.block(call, () => {
      SHORTCUTS[name]({ c, reg: (index) => o.reg(index), argument: () => c.add(o.reg(ESP), frame + 4) }, call);
      c.break(done);
    });
    imported();
  });
};

const gprAt = (register: number): number => STATE.gpr + register * 4;
const registersIn = (bits: number): number[] => [0, 1, 2, 3, 4, 5, 6, 7].filter((register) => bits & (1 << register));
const FLAG_WORDS = {
  result: STATE.flagResult,
  parity: STATE.flagParity,
  carryA: STATE.flagCarryA,
  carryB: STATE.flagCarryB,
} as const;

const emitImported = (o: ClosedOps, region: RegionContext, call: HostCall, frame: number, back: Val): void => {
  const { c } = o;
  const { frame: state } = region;
  const flags = call.transfers ? (Object.keys(FLAG_WORDS) as (keyof typeof FLAG_WORDS)[]) : [];
  // The function finds its arguments where it finds them when interpreted: in memory.
  for (const register of registersIn(call.reads)) c.store(gprAt(register), o.reg(register));
  if (flags.length) {
    const words = flagWords(state);
    for (const flag of flags) c.store(FLAG_WORDS[flag], words[flag]());
  }
  region.storeFuelAfter(BOUND_FUEL - 1);
  const result = c.call(region.imports.hostFunction(call.name), c.add(o.reg(ESP), frame));
  o.slowIf(c.eqz(result));
  for (const register of registersIn(call.writes)) o.setReg(register, c.load(gprAt(register)));
  for (const flag of flags) state.setFlag(flag, c.load(FLAG_WORDS[flag]));
  if (call.transfers) region.leaveAfter(BOUND_FUEL, c.load(STATE.eip), true);
  else {
    c.if(c.eq(result, HOST_RESULT.leave), () => {
      if (frame === 0) o.release(4);
      region.leaveAfter(BOUND_FUEL, back, true);
    });
  }
};

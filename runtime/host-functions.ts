/**
 * Functions of the host that the guest calls at addresses. They lie in one physical page that the guest cannot write;
 * a trap instruction there means the function, at privilege level 0 and in 32-bit protected mode. Translated code
 * calls them directly (translator/region/host-call.ts); this is the interpreter's way, and what binding needs to
 * know: where the page is mapped, and where indirect calls led.
 */

import { CORE_CALLS, type CoreCall } from '../translator/interpreter/core-calls.ts';
import { coreCallNumber, operationNumber, siteSlot } from '../translator/interpreter/host-traps.ts';
import {
  CS,
  HOST_CALL,
  HOST_CALL_SIZE,
  HOST_CALLS,
  HOST_SITE,
  HOST_SITE_ENTRIES,
  HOST_SITE_SIZE,
  HOST_SITES,
  PAGE_SIZE,
  RAM,
  SS,
  STATE,
} from '../translator/layout.ts';
import { HOST_RESULT, type HostBinding, type HostCall } from '../translator/region/host-call.ts';
import type { Cpu } from './cpu.ts';
import { ACCESS } from './protection/descriptors.ts';
import { cplOf, usesDescriptors } from './protection/modes.ts';
import { GuestFault, VECTOR } from './state.ts';

export interface HostFunction {
  readonly call: HostCall;
  /** False: it needs to know where it was called, so translated code leaves it to the interpreter. */
  readonly bindable: boolean;
  /** Generated code calls this function of the core module, which calls back here for what it lacks. */
  readonly coreCall?: CoreCall | undefined;
  /**
   * Does the work. `frame` is the linear address of the return address; arguments and results are where the guest has
   * them. Throws GuestFault with nothing changed. True when translated code must look anew at what it assumes.
   */
  run(frame: number): boolean;
}

/** What the functions must know of the CPU, apart from what all its parts know. */
export interface HostFunctionsCpu extends Cpu {
  /** Physical page behind a linear address, found without any effect on the guest; -1 for none. */
  lookUp(linear: number): number;
  /** How often bytes were written from which code had been translated. */
  readonly codeWrites: number;
  /** Translated code that covers a byte is dropped, so that it is made anew. */
  dropCode(physical: number): void;
  /** Drops translated code that calls through pointers which have come to lead to host functions. */
  rebind(): void;
  /** An export of the core module. */
  core(name: CoreCall): HostImport;
}

/** A CPU that does operations of translator/host-operations.ts. */
export interface OperatingCpu extends Cpu {
  operate(operation: number, word: number): void;
}

const ESP = 4;
const EAX = 0;
const ECX = 1;
const EDX = 2;
/** Linear pages remembered in which the functions were called. */
const MOST_ALIASES = 4;
/** How often code is made anew because a call in it has led elsewhere. */
const MOST_CHANGES = 4;
/** Calls remembered; a guest may call from anywhere. */
const MOST_SITES = 1 << 15;
/** Bytes of CALL rel32. */
const DIRECT_CALL = 5;
/** CALL [disp32] and JMP [disp32]: opcode, and ModRM of either. */
const INDIRECT = 0xff;
const CALL_POINTER = 0x15;
/** The same opcode with a register: the lowest bits of ModRM. */
const CALL_REGISTER = 0xd0;
const JUMP_REGISTER = 0xe0;
/** Bytes of a function that are looked through for jumps at its end. */
const JUMPS_WITHIN = 128;
const JUMP_POINTER = 0x25;
/** After so many calls by the interpreter translated code is looked through, then after twice as many, and so on. */
const REBIND_AFTER = 4096;
/** Host offset of what generated code knows of the function at an offset. */
const entryOf = (offset: number): number => HOST_CALLS + (offset >> 3) * HOST_CALL_SIZE;

/** What regions import: frame → HOST_RESULT. */
export type HostImport = (frame: number) => number;

/** A call, by its return address. */
interface Site {
  /** Offset of the function it led to last. */
  target: number;
  changes: number;
}

export class HostFunctions {
  readonly #cpu: HostFunctionsCpu;
  readonly #coreCalls: (HostFunction | undefined)[] = [];
  #page = -1;
  /** The same by offset / 8. */
  readonly #functions = new Array<HostFunction | undefined>(PAGE_SIZE >> 3);
  #byOffset: ReadonlyMap<number, HostFunction> = new Map();
  /** Linear page numbers, the latest first. */
  #aliases: number[] = [];
  /** By physical page of the last byte of a call, and its offset there. */
  readonly #sites = new Map<number, Map<number, Site>>();
  /** By linear address of the last byte: offset of the function, for reports. */
  readonly #recent = new Map<number, number>();
  /** What regions import. */
  imports: Record<string, HostImport> = {};
  /** Names of those that are functions of the core module. */
  readonly inCore = new Set<string>();
  /** Calls that the interpreter has done, by name. */
  get interpreted(): ReadonlyMap<string, number> {
    const { state } = this.#cpu;
    const counted = [...this.#byOffset.values()].map(({ call: { name, offset } }) => {
      return [name, state.get(entryOf(offset) + HOST_CALL.count) >>> 0] as const;
    });
    return new Map(counted.filter(([, count]) => count));
  }
  #rebindAfter = REBIND_AFTER;

  constructor(cpu: HostFunctionsCpu) {
    this.#cpu = cpu;
  }

  /** Puts functions into a physical page. What was known of calls is forgotten. */
  install(page: number, functions: readonly HostFunction[]): void {
    this.#page = page;
    this.#byOffset = new Map(functions.map((one) => [one.call.offset, one]));
    this.#functions.fill(undefined);
    for (const one of functions) this.#functions[one.call.offset >> 3] = one;
    this.#aliases = [];
    this.#forgetSites();
    this.#coreCalls.length = 0;
    this.imports = Object.fromEntries(functions.map((one) => [one.call.name, this.#importOf(one)]));
    const { i32 } = this.#cpu.state;
    i32.fill(0, HOST_CALLS >> 2, (HOST_CALLS + (PAGE_SIZE >> 3) * HOST_CALL_SIZE) >> 2);
    for (const one of functions) this.#describe(one);
    this.#rebindAfter = REBIND_AFTER;
    this.#cpu.state.set(STATE.hostCallsLeft, REBIND_AFTER);
    this.#cpu.state.set(STATE.hostPage, RAM + page * PAGE_SIZE);
  }

  /** What generated code does at the function's trap. */
  #describe({ call: { offset, inlined }, coreCall }: HostFunction): void {
    const { state } = this.#cpu;
    const at = entryOf(offset);
    if (coreCall) state.set(at + HOST_CALL.operation, coreCallNumber(CORE_CALLS.indexOf(coreCall)));
    if (!inlined || inlined === 'storeDescriptor') return;
    state.set(at + HOST_CALL.operation, operationNumber(inlined.does));
    state.set(at + HOST_CALL.argument, inlined.word ?? 0);
  }

  /** From here on `interpret` hears of every call. */
  interpretAll(): void {
    this.binding = () => undefined;
    this.#cpu.state.set(STATE.hostPage, 0);
  }

  /** Functions that share one of the core module's do the same in the runtime. */
  #importOf(one: HostFunction): HostImport {
    const { coreCall } = one;
    if (coreCall) this.inCore.add(one.call.name);
    if (!coreCall) return (frame) => this.#callFromRegion(one, frame);
    this.#coreCalls[CORE_CALLS.indexOf(coreCall)] = one;
    return this.#cpu.core(coreCall);
  }

  /** What a function of the core module lacks. */
  callRuntime(number: number, frame: number): number {
    const called = this.#coreCalls[number];
    return called ? this.#callFromRegion(called, frame) : HOST_RESULT.refused;
  }

  /** The function whose trap lies at a host address. */
  at(host: number): HostFunction | undefined {
    const offset = host - RAM - this.#page * PAGE_SIZE;
    return offset >= 0 && offset < PAGE_SIZE && !(offset & 7) ? this.#functions[offset >> 3] : undefined;
  }

  /** The trap of a function is at EIP: does the function and returns from it. Throws GuestFault, EIP as it must be. */
  interpret(called: HostFunction): void {
    const cpu = this.#cpu;
    const { state } = cpu;
    const big = state.segAccess(CS) & state.segAccess(SS) & ACCESS.big;
    if (cplOf(state) !== 0 || !usesDescriptors(state) || !big) throw new GuestFault(VECTOR.UD);
    const frame = (state.segBase(SS) + state.gpr(ESP)) | 0;
    const back = cpu.mmu.linear.read32(frame);
    this.#observe(called, back);
    const { offset, transfers } = called.call;
    const counter = entryOf(offset) + HOST_CALL.count;
    state.set(counter, state.get(counter) + 1);
    const left = state.get(STATE.hostCallsLeft) - 1;
    state.set(STATE.hostCallsLeft, left);
    if (left <= 0) {
      this.#rebindAfter *= 2;
      state.set(STATE.hostCallsLeft, this.#rebindAfter);
      cpu.rebind();
    }
    if (transfers) {
      this.#transfer(called, frame, back);
      return;
    }
    called.run(frame);
    state.set(STATE.eip, back);
    state.setGpr(ESP, state.gpr(ESP) + 4);
  }

  /** For code on these physical pages; undefined where no function can be reached. `linear`: by physical page. */
  binding(pages: readonly { readonly number: number; readonly physical: number }[]): HostBinding | undefined {
    if (cplOf(this.#cpu.state) !== 0) return undefined;
    const aliases = this.#aliases.filter((page) => this.#cpu.lookUp(page << 12) === this.#page);
    if (aliases.length === 0) return undefined;
    const expected = new Map<number, number>();
    const base = aliases[0]! << 12;
    for (const { number, physical } of pages) {
      this.#scan(number << 12, physical, expected);
      for (const [last, { target }] of this.#sites.get(physical) ?? []) {
        expected.set(((number << 12) | 0) + last + 1, base | target);
      }
    }
    const entry = (RAM + this.#page * PAGE_SIZE) | 1;
    return { pages: aliases.map((number) => ({ number, entry })), expected: Int32Array.from([...expected].flat()) };
  }

  /** Calls that the interpreter has met: return address, physical address of the last byte, name of the function. */
  *sites(): Generator<{ back: number; physical: number; name: string }> {
    for (const [last, target] of this.#recent) {
      const physical = this.#cpu.lookUp(last) * PAGE_SIZE + (last & (PAGE_SIZE - 1));
      yield { back: (last + 1) | 0, physical, name: this.#byOffset.get(target)!.call.name };
    }
  }

  /** A host function that a guest's pointer leads to: its linear address. */
  pointedAt(pointer: number): number | undefined {
    const target = this.#pointer(pointer);
    return target !== undefined && this.nameAt(target) !== undefined ? target : undefined;
  }
  #pointer(linear: number): number | undefined {
    const { i32, ramSize } = this.#cpu.state;
    const page = this.#cpu.lookUp(linear);
    const at = page * PAGE_SIZE + (linear & (PAGE_SIZE - 1));
    return page < 0 || at & 3 || at >= ramSize ? undefined : i32[(RAM + at) >> 2]!;
  }

  /** The function at a linear address, if translated code may call it. */
  nameAt(target: number): string | undefined {
    const found = this.#aliases.includes(target >>> 12) ? this.#byOffset.get(target & (PAGE_SIZE - 1)) : undefined;
    return found?.bindable ? found.call.name : undefined;
  }

  /** A jump whose last byte is at `last` leads to `target`: what was made from it is made anew if that is a function. */
  noteJump(last: number, target: number): void {
    const physical = this.#cpu.lookUp(last);
    if (physical < 0 || this.nameAt(target) === undefined) return;
    this.#noteSite(physical, last & (PAGE_SIZE - 1), target & (PAGE_SIZE - 1), false);
  }

  /** Calls and jumps through a pointer at a fixed address, as far as their bytes tell: where the pointer leads now. */
  #scan(linear: number, physical: number, expected: Map<number, number>): void {
    const code = this.#cpu.state.ram.subarray(physical * PAGE_SIZE, (physical + 1) * PAGE_SIZE);
    const view = new DataView(code.buffer, code.byteOffset, code.length);
    for (let at = code.indexOf(INDIRECT); at >= 0 && at + 6 <= code.length; at = code.indexOf(INDIRECT, at + 1)) {
      const modrm = code[at + 1]!;
      if (modrm !== CALL_POINTER && modrm !== JUMP_POINTER) continue;
      const target = this.pointedAt(view.getInt32(at + 2, true));
      if (target !== undefined) expected.set((linear + at + 6) | 0, target);
    }
  }

  /** Faults of a function that does not return are its call's: the call is undone. */
  #transfer(called: HostFunction, frame: number, back: number): void {
    const { state } = this.#cpu;
    const esp = state.gpr(ESP);
    try {
      called.run(frame);
    } catch (fault) {
      state.set(STATE.eip, (back - this.#callLength(back)) | 0);
      state.setGpr(ESP, esp + 4);
      throw fault;
    }
  }

  /** Bytes of the call instruction before a return address: E8 rel32, FF /2 disp32, or that with a prefix. */
  #callLength(back: number): number {
    const byte = (distance: number): number => this.#peek((back - distance) | 0);
    if (byte(DIRECT_CALL) === 0xe8) return DIRECT_CALL;
    if (byte(6) !== INDIRECT) return 0;
    return byte(7) === 0x2e ? 7 : 6;
  }

  /** Where the call before a return address may lead, by the forms whose bytes and registers tell it here. */
  #calledFrom(back: number): number[] {
    const byte = (distance: number): number => this.#peek((back - distance) | 0);
    const word = (): number => byte(4) | (byte(3) << 8) | (byte(2) << 16) | (byte(1) << 24);
    const targets: number[] = [];
    if (byte(5) === 0xe8) targets.push((back + word()) | 0);
    if (byte(6) === INDIRECT && byte(5) === CALL_POINTER) targets.push(this.#pointer(word()) ?? 0);
    if (byte(2) === INDIRECT && (byte(1) & 0xf8) === CALL_REGISTER) targets.push(this.#cpu.state.gpr(byte(1) & 7));
    return targets;
  }

  /** Code at `start` has jumped to the function at EIP: where it may have done so through a register. */
  #noteJumps(start: number, eip: number): void {
    for (let at = start; at < start + JUMPS_WITHIN; at++) {
      const modrm = this.#peek(at + 1);
      if (this.#peek(at) !== INDIRECT || (modrm & 0xf8) !== JUMP_REGISTER) continue;
      if (this.#cpu.state.gpr(modrm & 7) === eip) this.noteJump((at + 1) | 0, eip);
    }
  }

  #peek(linear: number): number {
    const page = this.#cpu.lookUp(linear);
    const { ram } = this.#cpu.state;
    return page < 0 ? -1 : (ram[page * PAGE_SIZE + (linear & (PAGE_SIZE - 1))] ?? -1);
  }

  #callFromRegion(called: HostFunction, frame: number): number {
    const { state } = this.#cpu;
    const esp = state.gpr(ESP);
    try {
      const before = this.#cpu.codeWrites;
      const leave = called.run(frame) || this.#cpu.codeWrites !== before;
      return leave || state.get(STATE.request) ? HOST_RESULT.leave : HOST_RESULT.done;
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault;
      state.setGpr(ESP, esp);
      return HOST_RESULT.refused;
    }
  }

  /** Notes where a function was called, and where from. */
  #observe({ call: { offset }, bindable }: HostFunction, back: number): void {
    const { state } = this.#cpu;
    const page = (state.segBase(CS) + state.get(STATE.eip)) >>> 12;
    if (this.#aliases[0] !== page) {
      this.#aliases = [page, ...this.#aliases.filter((known) => known !== page)].slice(0, MOST_ALIASES);
    }
    if (!bindable) return;
    const last = (back - 1) | 0;
    const entry = state.get(state.get(STATE.tlbExec) + (last >>> 12) * 4);
    const slot = siteSlot(last);
    const seen = (field: number): number => state.get(slot + field);
    if (seen(HOST_SITE.last) === last && seen(HOST_SITE.entry) === entry && seen(HOST_SITE.offset) === offset) return;
    state.set(slot + HOST_SITE.last, last);
    state.set(slot + HOST_SITE.entry, entry);
    state.set(slot + HOST_SITE.offset, offset);
    const physical = this.#cpu.lookUp(last);
    if (physical < 0) return;
    const eip = state.get(STATE.eip);
    const targets = this.#calledFrom(back);
    if (targets.length > 0 && !targets.includes(eip)) {
      for (const target of targets) this.#noteJumps(target, eip);
      return;
    }
    if (this.#recent.size >= MOST_SITES) this.#forgetSites();
    this.#recent.set(last, offset);
    this.#noteSite(physical, last & (PAGE_SIZE - 1), offset, this.#callLength(back) === DIRECT_CALL);
  }

  #noteSite(physical: number, at: number, target: number, direct: boolean): void {
    let sites = this.#sites.get(physical);
    if (!sites) {
      sites = new Map();
      this.#sites.set(physical, sites);
    }
    const site = sites.get(at);
    if (site?.target === target || (site && site.changes >= MOST_CHANGES)) return;
    sites.set(at, { target, changes: (site?.changes ?? -1) + 1 });
    // Where the call itself tells, code made from it is bound already.
    if (!direct) this.#cpu.dropCode(physical * PAGE_SIZE + at);
  }

  #forgetSites(): void {
    this.#sites.clear();
    this.#recent.clear();
    this.#cpu.state.i32.fill(0, HOST_SITES >> 2, (HOST_SITES + HOST_SITE_ENTRIES * HOST_SITE_SIZE) >> 2);
  }
}

/** What translated code does in line, where the interpreter leaves it to the runtime. */
export const runInlined = (cpu: OperatingCpu, inlined: NonNullable<HostCall['inlined']>, frame: number): void => {
  const { state } = cpu;
  if (inlined !== 'storeDescriptor') {
    cpu.operate(operationNumber(inlined.does), inlined.word ?? 0);
    return;
  }
  const memory = cpu.mmu.linear;
  const high = memory.read32((frame + 4) | 0);
  const at = (state.gpr(EAX) + state.gpr(EDX) * 8) | 0;
  memory.probeWrite(at, 8);
  memory.write32(at, state.gpr(ECX));
  memory.write32((at + 4) | 0, high);
};

/** The hypervisor of one machine: its ROM in memory, and the functions behind the ROM's slots. */
import type { HostFunction } from '../../runtime/host-functions.ts';
import { runInlined } from '../../runtime/host-functions.ts';
import type { Processor } from '../../runtime/processor.ts';
import { PAGE_SIZE, STATE } from '../../translator/layout.ts';
import type { HostCall } from '../../translator/region/host-call.ts';
import type { HypervisorBoard } from './board.ts';
import { CALL_FUNCTIONS, type CallFunction, type Context, EAX, ECX, EDX } from './functions.ts';
import { BOUND_CALLS, CORE_CALLS } from './host-calls.ts';
import { PAGING_FUNCTIONS } from './paging.ts';
import { buildRom, HEADER, ROM_BASE, relocationOf } from './rom.ts';
import { Alarms, timeFunctions } from './time.ts';

/** Bytes of the structure that SetInitialAPState is given. */
const AP_STATE_SIZE = 92;

/** A function that is called where it is, never bound: its answer depends on the address. */
const unbound = (name: string, offset: number): HostCall => ({
  name,
  offset,
  reads: 0,
  writes: 0,
  transfers: false,
});

export class Hypervisor {
  readonly #context: Context;
  /** The kernel has called VMI_Init. */
  active = false;
  /** State for processors to start, by APIC id: this machine has none but the one that runs. */
  readonly initialStates = new Map<number, Uint8Array>();

  /** Installs the ROM in the memory of `cpu`, whose page at ROM_BASE must be ROM. */
  constructor(cpu: Processor, board: HypervisorBoard) {
    this.#context = { cpu, board };
    const byName: Record<string, CallFunction> = {
      ...CALL_FUNCTIONS,
      ...PAGING_FUNCTIONS,
      ...timeFunctions(new Alarms(board)),
      SetInitialAPState: (_, frame) => this.#setInitialState(frame),
    };
    cpu.mmu.spaces.stop();
    cpu.physical.install(ROM_BASE, buildRom());
    cpu.hostFunctions.install(ROM_BASE / PAGE_SIZE, [
      ...BOUND_CALLS.map((call) => this.#function(call, byName)),
      this.#entry('Init', HEADER.init, () => this.#initialize()),
      this.#entry('GetRelocation', HEADER.getReloc, () => this.#getRelocation()),
    ]);
  }

  #function(call: HostCall, byName: Readonly<Record<string, CallFunction>>): HostFunction {
    const context = this.#context;
    const { inlined } = call;
    if (inlined) {
      const run = (frame: number) => {
        runInlined(context.cpu, inlined, frame);
        return false;
      };
      return { call, bindable: true, run };
    }
    const action = byName[call.name];
    if (!action) throw new Error(`no function for the call ${call.name}`);
    return { call, bindable: true, coreCall: CORE_CALLS[call.name], run: (frame) => action(context, frame) ?? false };
  }

  #entry(name: string, offset: number, action: () => void): HostFunction {
    const run = () => {
      action();
      return false;
    };
    return { call: unbound(name, offset), bindable: false, run };
  }

  /** VMI_Init: from here on the kernel tells what it does. */
  #initialize(): void {
    this.active = true;
    const { mmu, state } = this.#context.cpu;
    mmu.flushAll();
    mmu.spaces.start();
    state.setGpr(EAX, 0);
  }

  /** EAX: number of a call. EAX := where its function is, as the caller sees the ROM; DL := how to bind it. */
  #getRelocation(): void {
    const { state } = this.#context.cpu;
    const { type, target } = relocationOf(state.gpr(EAX) >>> 0, state.get(STATE.eip) - HEADER.getReloc);
    state.setGpr(EAX, target);
    state.setGpr(EDX, type);
    state.setGpr(ECX, 0);
  }

  #setInitialState(_frame: number): void {
    const { state, mmu } = this.#context.cpu;
    const at = state.gpr(EAX);
    const bytes = new Uint8Array(AP_STATE_SIZE);
    for (let n = 0; n < AP_STATE_SIZE; n++) bytes[n] = mmu.linear.read8((at + n) | 0);
    this.initialStates.set(state.gpr(EDX) & 0xff, bytes);
  }
}

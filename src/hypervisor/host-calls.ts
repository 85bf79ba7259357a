/** The calls as translated code knows them: from the table of calls, and what is done in line. */
import type { CoreCall } from '../../translator/interpreter/core-calls.ts';
import { LDTR, SEG_SELECTOR, STATE, segment, TR } from '../../translator/layout.ts';
import type { HostCall } from '../../translator/region/host-call.ts';
import { CALLS, type Place, RELOCATION, type VmiCall } from './calls.ts';
import { slotOf } from './rom.ts';

/** How each inlined call is done. */
const INLINED: Readonly<Record<string, NonNullable<HostCall['inlined']>>> = {
  GetLDT: { does: 'load', word: segment(LDTR) + SEG_SELECTOR },
  GetTR: { does: 'load', word: segment(TR) + SEG_SELECTOR },
  WriteGDTEntry: 'storeDescriptor',
  WriteLDTEntry: 'storeDescriptor',
  WriteIDTEntry: 'storeDescriptor',
  // The kernel has put the stack into its TSS already.
  UpdateKernelStack: { does: 'nothing' },
  SetCR2: { does: 'store', word: STATE.cr2 },
  GetCR0: { does: 'load', word: STATE.cr0 },
  GetCR2: { does: 'load', word: STATE.cr2 },
  GetCR3: { does: 'load', word: STATE.cr3 },
  GetCR4: { does: 'load', word: STATE.cr4 },
  WBINVD: { does: 'nothing' },
  EnableInterrupts: { does: 'enable' },
  DisableInterrupts: { does: 'disable' },
  GetInterruptMask: { does: 'readEnabled' },
  SetInterruptMask: { does: 'writeEnabled' },
  RDTSC: { does: 'readTimestamp' },
  // Page tables are walked as they are.
  SetLinearMapping: { does: 'nothing' },
  SetIOPLMask: { does: 'writeIopl' },
};

/** Calls that functions of the core module do, but for what is rare. */
export const CORE_CALLS: Readonly<Record<string, CoreCall>> = {
  CLTS: 'clearTaskSwitched',
  IRET: 'interruptReturn',
  SYSEXIT: 'fastReturn',
  SetPxE: 'setEntry',
  SetPxELong: 'setLongEntry',
  UpdatePxE: 'updateEntry',
  UpdatePxELong: 'updateEntry',
  AllocatePage: 'replaceTable',
  ReleasePage: 'replaceTable',
  InvalPage: 'invalidatePage',
  SetLazyMode: 'setLazyMode',
};

/** What these mostly come to, regions do themselves. */
const SHORTCUTS: Readonly<Record<string, HostCall['shortcut']>> = {
  SetPxE: 'setEntry',
  SetPxELong: 'setLongEntry',
  UpdatePxE: 'updateEntry',
  UpdatePxELong: 'updateEntry',
  SetLazyMode: 'setLazyMode',
};

const REGISTERS = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI'];
const ESP = 1 << REGISTERS.indexOf('ESP');

/** Bits by encoding of the registers among these places. */
const registersOf = (places: readonly Place[]): number =>
  places
    .flatMap((place) => place.split(':'))
    .map((name) => REGISTERS.indexOf(name))
    .filter((register) => register >= 0)
    .reduce((bits, register) => bits | (1 << register), 0);

const hostCall = ({ number, name, args, results, clobbers }: VmiCall): HostCall => {
  const transfers = clobbers === 'transfer';
  return {
    name,
    offset: slotOf(number),
    inlined: INLINED[name],
    shortcut: SHORTCUTS[name],
    // A return through a task gate saves them all.
    reads: transfers ? 0xff & ~ESP : registersOf(Object.values(args)),
    writes: transfers ? ESP : registersOf(Object.values(results)),
    transfers,
  };
};

/** Calls that have a function: NOP and NONE have none. */
export const BOUND_CALLS: readonly HostCall[] = CALLS.filter(
  ({ relocation }) => relocation === RELOCATION.callRel || relocation === RELOCATION.jumpRel,
).map(hostCall);

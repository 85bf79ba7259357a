/**
 * Where every line of the opcode table can be executed once: flat 32-bit protected mode at level 0 with descriptor
 * tables, and registers, stack and data that suit all but a few lines; those say what they want instead.
 */
import type { Processor } from '../../runtime/processor.ts';
import { FLAT_CODE, FLAT_DATA } from '../../runtime/protection/descriptors.ts';
import type { Line, OperandKind } from '../../translator/isa/line.ts';
import { OPERANDS } from '../../translator/isa/operands.ts';
import { CS, EFLAGS, ES, GS, STATE } from '../../translator/layout.ts';
import { encode, littleEndian, mayBeMemory, mustBeMemory, takesModrm } from '../support/encode.ts';

/** Physical and linear addresses. */
/** The instruction stands behind NOP: the first one in a page that was not executed yet is never translated. */
export const CODE = 0x1001;
const HANDLER = 0x3000;
const STACK = 0x4000;
const DATA = 0x5000;
const TABLES = 0x6000;
export const MEMORY = 0x7000;

const SELECTOR = { code: 0x08, data: 0x10, tss: 0x18, ldt: 0x20 } as const;
/** Words of descriptors: flat code and data, a TSS and an LDT at 0. */
const GDT = [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0x67, 0x8900, 0xff, 0x8200];
const IDT = TABLES + 0x100;
const INTERRUPT_GATE = 0x8e00;
const VECTORS = 256;

const SYSENTER_CS_MSR = 0x174;
/** Paging off, x87 errors are exceptions; SSE may be used. */
const CR0 = 0x31;
const CR4 = 0x600;
const FPU_CONTROL = 0x37f;
/** The place of the next push is empty, all other registers are not. */
const FPU_TAG = 0xc000;
/** ½, in all of them. */
const FPU_VALUE = { significand: 1n << 63n, signExponent: 0x3ffe };
const UNLIMITED = 0xffff_ffff;

/** Values in memory are as wide as the operand size. */
interface Circumstances {
  readonly eax: number;
  readonly ecx: number;
  readonly eflags: number;
  readonly immediate: number;
  /** From ESP, and from EBX on. */
  readonly stack: readonly number[];
  readonly data: readonly number[];
  /** The exception that is the instruction's purpose. */
  readonly raises: number | undefined;
}
const USUAL: Circumstances = {
  eax: 5,
  ecx: 1,
  eflags: 0,
  immediate: 6,
  stack: [HANDLER, SELECTOR.code, 2],
  data: [HANDLER, SELECTOR.data],
  raises: undefined,
};

interface Wish extends Partial<Circumstances> {
  readonly applies: (line: Line) => boolean;
}
const named =
  (...mnemonics: string[]) =>
  (line: Line): boolean =>
    mnemonics.includes(line.mnemonic);
const place =
  (wanted: string) =>
  ({ operands }: Line): boolean =>
    operands.some((kind) => OPERANDS[kind].place === wanted);

const UD = 6;
const GP = 13;
const WISHES: readonly Wish[] = [
  { applies: named('ud1', 'ud2'), raises: UD },
  // There are no performance counters.
  { applies: named('rdpmc'), raises: GP },
  { applies: named('rdmsr', 'wrmsr'), ecx: SYSENTER_CS_MSR },
  { applies: named('ltr'), eax: SELECTOR.tss, data: [SELECTOR.tss] },
  { applies: named('lldt'), eax: SELECTOR.ldt, data: [SELECTOR.ldt] },
  { applies: named('lmsw'), eax: CR0, data: [CR0] },
  { applies: named('callf', 'jmpf'), data: [HANDLER, SELECTOR.code] },
  { applies: named('bound'), data: [0, 0x7fff] },
  { applies: place('control'), eax: CR0 },
  { applies: place('debug'), eax: 0 },
  { applies: place('segment'), eax: SELECTOR.data, data: [SELECTOR.data] },
  { applies: (line) => line.mnemonic === 'pop' && place('fixedSegment')(line), stack: [SELECTOR.data] },
  // No change of IOPL or IF: the case that generated code has.
  { applies: named('popf'), stack: [2] },
  { applies: named('into'), eflags: EFLAGS.OF },
  // 1.0 in either precision: denormal numbers are left to the interpreter.
  {
    applies: named('fadd', 'fmul', 'fcom', 'fcomp', 'fsub', 'fsubr', 'fdiv', 'fdivr', 'fld'),
    data: [0x3f80_0000, 0x3ff0_0000],
  },
];

/** A program of one instruction. */
export interface Program extends Circumstances {
  readonly name: string;
  readonly code: readonly number[];
  readonly operandSize: 16 | 32;
}

/** ModRM for [EBX] and for EAX, in the reg field DS where that is a segment register. */
const AT_EBX = 3;
const IS_EAX = 0xc0;
const REG_DS = 3 << 3;

/** The instruction with memory and with registers, 16 and 32 bits. */
export const programsOf = (line: Line): Program[] => {
  const memory = mayBeMemory(line) ? [AT_EBX] : [];
  const register = mustBeMemory(line) ? [] : [IS_EAX];
  const forms = takesModrm(line) ? [...memory, ...register] : [IS_EAX];
  const circumstances: Circumstances = Object.assign({}, USUAL, ...WISHES.filter(({ applies }) => applies(line)));
  const immediate = (count: number, kind: OperandKind): number[] => {
    const { place } = OPERANDS[kind];
    if (place === 'far') return [...littleEndian(HANDLER, count - 2), ...littleEndian(SELECTOR.code, 2)];
    return littleEndian(place === 'moffs' ? DATA : circumstances.immediate, count);
  };
  return forms.flatMap((form) =>
    (line.prefix < 0 ? ([32, 16] as const) : ([32] as const)).map((operandSize): Program => {
      const modrm = form | (place('segment')(line) ? REG_DS : 0);
      const bytes = encode(line, { modrm, address: [], operandSize, addressSize: 32, immediate });
      const name = `${line.mnemonic} ${line.operands.join(',')} ${form === AT_EBX ? 'memory ' : ''}${operandSize}`;
      return { ...circumstances, name, code: operandSize === 16 ? [0x66, ...bytes] : bytes, operandSize };
    }),
  );
};

const NOP = 0x90;
const HLT = 0xf4;

/** What memory holds: wherever a program goes, it halts. */
const memoryFor = ({ code, stack, data, operandSize }: Program): Uint8Array => {
  const memory = new Uint8Array(MEMORY);
  const put = (at: number, values: readonly number[], bytes: number) => {
    for (const [n, value] of values.entries()) memory.set(littleEndian(value, bytes), at + n * bytes);
  };
  memory.fill(HLT, 0, STACK - 0x100);
  memory.set([NOP, ...code], CODE - 1);
  put(TABLES, GDT, 4);
  for (let n = 0; n < VECTORS; n++) put(IDT + 8 * n, [(SELECTOR.code << 16) | HANDLER, INTERRUPT_GATE], 4);
  put(STACK, stack, operandSize / 8);
  put(DATA, data, operandSize / 8);
  return memory;
};

/** Puts a processor into the state that the program begins in: at the instruction or, `warm`, at the NOP before it. */
export const prepare = (processor: Processor, program: Program, warm: boolean): void => {
  const { state } = processor;
  processor.powerOn();
  state.set(STATE.cr0, CR0);
  state.set(STATE.cr4, CR4);
  state.set(STATE.gdtBase, TABLES);
  state.set(STATE.gdtLimit, GDT.length * 4 - 1);
  state.set(STATE.idtBase, IDT);
  state.set(STATE.idtLimit, VECTORS * 8 - 1);
  state.set(STATE.sysenterCs, SELECTOR.code);
  state.set(STATE.fpuControl, FPU_CONTROL);
  state.set(STATE.fpuTag, FPU_TAG);
  for (let at = STATE.fpu; at < STATE.fpu + 8 * 16; at += 16) {
    state.u64[at >> 3] = FPU_VALUE.significand;
    state.u16[(at + 8) >> 1] = FPU_VALUE.signExponent;
  }
  for (let seg = ES; seg <= GS; seg++) {
    if (seg === CS) state.setSegment(seg, SELECTOR.code, 0, UNLIMITED, FLAT_CODE);
    else state.setSegment(seg, SELECTOR.data, 0, UNLIMITED, FLAT_DATA);
  }
  for (const [register, value] of [program.eax, program.ecx, 0, DATA, STACK, DATA + 0x80, DATA, DATA].entries()) {
    state.setGpr(register, value);
  }
  state.set(STATE.eip, warm ? CODE - 1 : CODE);
  processor.physical.write(0, memoryFor(program));
  processor.writeEflags(program.eflags);
  processor.mmu.modeChanged();
  processor.updateMode();
  // Generated code reads descriptors through the TLB; a miss there is the runtime's, which has its own tests.
  processor.mmu.linear.system.read32(TABLES);
};

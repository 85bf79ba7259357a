/** x87 and SSE state in the form of FXSAVE. SDM vol. 1, 10.5.1, table 10-2. */
import { STATE } from '../../translator/layout.ts';

export const FPU_IMAGE_SIZE = 512;
/** Offsets in the image. */
const IMAGE = { control: 0, status: 2, tag: 4, mxcsr: 24, registers: 32, xmm: 160 } as const;
const REGISTERS = 8;
const REGISTER_BYTES = 10;
const XMM_BYTES = 128;
const EMPTY = 3;

/** What the state holds: values that MXCSR takes, and what it is after RESET. */
export const MXCSR = { writable: 0xffbf, initial: 0x1f80 } as const;

/** A bit of MXCSR that AMD's processors have beside Intel's: operands of 16 bytes need not be aligned. */
const MISALIGNED = 1 << 17;
/** Whether the state of a real CPU has that bit. */
export const toleratesMisaligned = (image: Uint8Array): boolean =>
  (new DataView(image.buffer, image.byteOffset).getUint32(IMAGE.mxcsr, true) & MISALIGNED) !== 0;

/** The image's parts that say something of the state; not addresses and opcode of the last instruction. */
const PARTS: readonly (readonly [from: number, to: number])[] = [
  [IMAGE.control, IMAGE.tag + 1],
  [IMAGE.mxcsr, IMAGE.mxcsr + 4],
  ...Array.from({ length: REGISTERS }, (_, n) => [at(n), at(n) + REGISTER_BYTES] as const),
  [IMAGE.xmm, IMAGE.xmm + XMM_BYTES],
];

/** Where ST(n) lies. */
function at(n: number): number {
  return IMAGE.registers + 16 * n;
}

const topOf = (status: number): number => (status >> 11) & 7;

/** A copy in which everything else is 0. */
export const withoutPointers = (image: Uint8Array): Uint8Array => {
  const result = new Uint8Array(FPU_IMAGE_SIZE);
  for (const [from, to] of PARTS) result.set(image.subarray(from, to), from);
  return result;
};

/** Parts of a new image. `registers`: 10 bytes each, in stack order; `empty`: bit n for physical register n. */
export interface FpuState {
  readonly control: number;
  readonly status: number;
  readonly empty: number;
  readonly registers: readonly Uint8Array[];
  readonly mxcsr: number;
  readonly xmm: Uint8Array;
}

export const imageOf = ({ control, status, empty, registers, mxcsr, xmm }: FpuState): Uint8Array => {
  const image = new Uint8Array(FPU_IMAGE_SIZE);
  const words = new DataView(image.buffer);
  words.setUint16(IMAGE.control, control, true);
  words.setUint16(IMAGE.status, status, true);
  image[IMAGE.tag] = ~empty;
  words.setUint32(IMAGE.mxcsr, mxcsr, true);
  for (const [n, register] of registers.entries()) image.set(register, at(n));
  image.set(xmm, IMAGE.xmm);
  return image;
};

/** After FNINIT, all registers 0. */
export const INITIAL_FPU = imageOf({
  control: 0x37f,
  status: 0,
  empty: 0xff,
  registers: [],
  mxcsr: MXCSR.initial,
  xmm: new Uint8Array(XMM_BYTES),
});

/** Puts an image into a CPU's state, which begins at the start of `memory`. */
export const setFpu = (memory: ArrayBufferLike, image: Uint8Array): void => {
  const state = new DataView(memory);
  const words = new DataView(image.buffer, image.byteOffset);
  const status = words.getUint16(IMAGE.status, true);
  state.setUint32(STATE.fpuControl, words.getUint16(IMAGE.control, true), true);
  state.setUint32(STATE.fpuStatus, status, true);
  state.setUint32(STATE.mxcsr, words.getUint32(IMAGE.mxcsr, true), true);
  let tag = 0;
  const bytes = new Uint8Array(memory);
  for (let n = 0; n < REGISTERS; n++) {
    const physical = (topOf(status) + n) & 7;
    if (!((image[IMAGE.tag]! >> physical) & 1)) tag |= EMPTY << (2 * physical);
    bytes.set(image.subarray(at(n), at(n) + REGISTER_BYTES), STATE.fpu + 16 * physical);
  }
  state.setUint32(STATE.fpuTag, tag, true);
  bytes.set(image.subarray(IMAGE.xmm, IMAGE.xmm + XMM_BYTES), STATE.xmm);
};

/** The image of a CPU's state, which begins at the start of `memory`. */
export const fpuOf = (memory: ArrayBufferLike): Uint8Array => {
  const state = new DataView(memory);
  const status = state.getUint32(STATE.fpuStatus, true);
  const tag = state.getUint32(STATE.fpuTag, true);
  let empty = 0;
  for (let n = 0; n < REGISTERS; n++) if (((tag >> (2 * n)) & EMPTY) === EMPTY) empty |= 1 << n;
  const physical = (n: number): number => STATE.fpu + 16 * ((topOf(status) + n) & 7);
  return imageOf({
    control: state.getUint32(STATE.fpuControl, true),
    status,
    empty,
    registers: Array.from({ length: REGISTERS }, (_, n) => new Uint8Array(memory, physical(n), REGISTER_BYTES)),
    mxcsr: state.getUint32(STATE.mxcsr, true),
    xmm: new Uint8Array(memory, STATE.xmm, XMM_BYTES),
  });
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex');

/** What of two images differs, by name. `masked`: bits of the status word not to be compared. */
export const fpuDifferences = (a: Uint8Array, b: Uint8Array, masked = 0): string[] => {
  const fields: readonly (readonly [string, number, number])[] = [
    ['fcw', IMAGE.control, 2],
    ['full registers', IMAGE.tag, 1],
    ['mxcsr', IMAGE.mxcsr, 4],
    ...Array.from({ length: REGISTERS }, (_, n) => [`st${n}`, at(n), REGISTER_BYTES] as const),
    ...Array.from({ length: REGISTERS }, (_, n) => [`xmm${n}`, IMAGE.xmm + 16 * n, 16] as const),
  ];
  const [s, t] = [a, b].map((image) => new DataView(image.buffer, image.byteOffset).getUint16(IMAGE.status, true));
  const status = (s! ^ t!) & ~masked ? [`fsw ${s!.toString(16)} | ${t!.toString(16)}`] : [];
  const others = fields.flatMap(([name, from, bytes]) => {
    const [x, y] = [hex(a.subarray(from, from + bytes)), hex(b.subarray(from, from + bytes))];
    return x === y ? [] : [`${name} ${x} | ${y}`];
  });
  return [...status, ...others];
};

/** The image in words, registers in stack order. */
export const describeFpu = (image: Uint8Array): string => {
  const blank = new Uint8Array(FPU_IMAGE_SIZE);
  return fpuDifferences(image, blank)
    .map((field) => `  ${field.replace(/ \| 0+$/, '')}`)
    .join('\n');
};

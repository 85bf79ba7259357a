/** The real FPU, through a helper compiled at test time. Undefined where the machine cannot build or run 32-bit code. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Extended } from '../fpu.ts';

/** What an instruction finds, and leaves. Registers in stack order: the first is ST(0). */
export interface FpuState {
  control: number;
  status: number;
  /** Bit n: physical register n is empty. */
  empty: number;
  registers: Extended[];
  /** Memory operand, OPERAND bytes. */
  operand: Uint8Array;
}
export interface Outcome extends FpuState {
  tag: number;
  eflags: number;
  eax: number;
}
export interface Request extends FpuState {
  code: readonly number[];
}

const IMAGE = 108;
export const OPERAND = 128;
const REQUEST = 16 + IMAGE + OPERAND;
const ANSWER = IMAGE + OPERAND + 8;
const NOP = 0x90;

const encode = ({ code, control, status, empty, registers, operand }: Request, into: DataView, at: number): void => {
  for (let n = 0; n < 16; n++) into.setUint8(at + n, code[n] ?? NOP);
  at += 16;
  let tag = 0;
  for (let n = 0; n < 8; n++) tag |= (empty >> n) & 1 ? 3 << (2 * n) : 0;
  for (const [n, word] of [control, status, tag].entries()) into.setUint32(at + 4 * n, word | 0xffff_0000, true);
  for (const [n, { significand, signExponent }] of registers.entries()) {
    into.setBigUint64(at + 28 + 10 * n, significand, true);
    into.setUint16(at + 36 + 10 * n, signExponent, true);
  }
  for (const [n, byte] of operand.entries()) into.setUint8(at + IMAGE + n, byte);
};

const decode = (view: DataView, at: number): Outcome => {
  const tag = view.getUint16(at + 8, true);
  let empty = 0;
  for (let n = 0; n < 8; n++) if (((tag >> (2 * n)) & 3) === 3) empty |= 1 << n;
  return {
    control: view.getUint16(at, true),
    status: view.getUint16(at + 4, true),
    tag,
    empty,
    registers: Array.from({ length: 8 }, (_, n) => ({
      significand: view.getBigUint64(at + 28 + 10 * n, true),
      signExponent: view.getUint16(at + 36 + 10 * n, true),
    })),
    operand: new Uint8Array(view.buffer.slice(view.byteOffset + at + IMAGE, view.byteOffset + at + IMAGE + OPERAND)),
    eflags: view.getUint32(at + IMAGE + OPERAND, true),
    eax: view.getUint32(at + IMAGE + OPERAND + 4, true),
  };
};

export interface RealFpu {
  run(requests: readonly Request[]): Outcome[];
  dispose(): void;
}

export const realFpu = (): RealFpu | undefined => {
  const directory = mkdtempSync(join(tmpdir(), 'vmi86-fpu-'));
  const dispose = (): void => rmSync(directory, { recursive: true, force: true });
  const program = join(directory, 'fpu');
  const source = fileURLToPath(new URL('fpu.c', import.meta.url));
  const build = spawnSync('gcc', ['-m32', '-O1', '-static', '-o', program, source]);
  const run = (requests: readonly Request[]): Outcome[] => {
    const input = new DataView(new ArrayBuffer(requests.length * REQUEST));
    for (const [n, request] of requests.entries()) encode(request, input, n * REQUEST);
    const { stdout } = spawnSync(program, { input: new Uint8Array(input.buffer), maxBuffer: 1 << 30 });
    const output = new DataView(stdout.buffer, stdout.byteOffset, stdout.length);
    if (stdout.length !== requests.length * ANSWER) throw new Error('the FPU helper ended early');
    return requests.map((_, n) => decode(output, n * ANSWER));
  };
  if (build.status === 0 && spawnSync(program, { input: new Uint8Array(0) }).status === 0) return { run, dispose };
  dispose();
  return undefined;
};

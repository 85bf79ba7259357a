/** Generated sequences on the machine's own CPU, through a helper compiled when the tests run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FPU_IMAGE_SIZE, withoutPointers } from './fpu-image.ts';
import { CODE_SIZE, DATA_SIZE, type Outcome, PAGE_FAULT, type Start, WRITABLE_SIZE } from './layout.ts';

/** Layouts of sandbox.c's structures. */
const REQUEST = { fpu: 0, registers: FPU_IMAGE_SIZE, code: FPU_IMAGE_SIZE + 48, data: FPU_IMAGE_SIZE + 48 + CODE_SIZE };
const REQUEST_SIZE = REQUEST.data + DATA_SIZE;
const ANSWER = { fpu: 0, registers: FPU_IMAGE_SIZE, data: FPU_IMAGE_SIZE + 64 };
const ANSWER_SIZE = ANSWER.data + WRITABLE_SIZE;
/** Where the helper itself lies, linear: where sums of pointers into the sandbox hardly meet it. */
const HELPER = { start: 0x5a5a_0000, end: 0x5a6a_0000 };
/** No C library. */
const FREESTANDING = ['-m32', '-static', '-nostdlib', '-ffreestanding', '-fno-pie', '-no-pie', '-fno-stack-protector'];
const FLAGS = [...FREESTANDING, '-O1', `-Wl,-Ttext-segment=0x${HELPER.start.toString(16)}`];

/** The sequence reaches into the helper, where the emulated CPU finds nothing: it must not run here. */
export const meetsHelper = ({ vector, cr2 }: Outcome): boolean =>
  vector === PAGE_FAULT && cr2 >= HELPER.start && cr2 < HELPER.end;

export interface RealCpu {
  /** The exceptions that end the sequences. Throws when the helper dies of one. */
  run(starts: readonly Start[]): Outcome[];
  close(): void;
}

/** Undefined where the machine cannot build or run 32-bit code. */
export const realCpu = (): RealCpu | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'vmi86-sandbox-'));
  const close = () => rmSync(folder, { recursive: true, force: true });
  const program = join(folder, 'sandbox');
  const source = fileURLToPath(new URL('native/sandbox.c', import.meta.url));
  const built = spawnSync('gcc', [...FLAGS, '-o', program, source]).status === 0;
  if (built && spawnSync(program, { input: '' }).status === 0) return { run: (starts) => run(program, starts), close };
  close();
  return undefined;
};

const run = (program: string, starts: readonly Start[]): Outcome[] => {
  const input = new Uint8Array(starts.length * REQUEST_SIZE);
  for (const [n, start] of starts.entries()) encode(start, input.subarray(n * REQUEST_SIZE));
  const { stdout, status, signal } = spawnSync(program, { input, maxBuffer: 1 << 30 });
  const answers = Math.floor(stdout.length / ANSWER_SIZE);
  if (answers !== starts.length) throw new Error(`the sandbox ended at sequence ${answers} (${signal ?? status})`);
  return starts.map((_, n) => decode(stdout.subarray(n * ANSWER_SIZE, (n + 1) * ANSWER_SIZE)));
};

const encode = ({ registers, eflags, fpu, code, data }: Start, into: Uint8Array): void => {
  const words = new DataView(into.buffer, into.byteOffset + REQUEST.registers);
  for (const [n, value] of [...registers, eflags].entries()) words.setUint32(n * 4, value, true);
  into.set(fpu, REQUEST.fpu);
  into.set(code, REQUEST.code);
  into.set(data, REQUEST.data);
};

const decode = (bytes: Uint8Array): Outcome => {
  const words = new DataView(bytes.buffer, bytes.byteOffset + ANSWER.registers);
  const [vector, code, cr2, eip, eflags, ...registers] = Array.from({ length: 13 }, (_, n) =>
    words.getUint32(n * 4, true),
  ) as [number, number, number, number, number, ...number[]];
  const fpu = withoutPointers(bytes.subarray(ANSWER.fpu, FPU_IMAGE_SIZE));
  const data = new Uint8Array(bytes.subarray(ANSWER.data));
  return { vector, code, cr2: vector === PAGE_FAULT ? cr2 : 0, eip, eflags, registers, fpu, data };
};

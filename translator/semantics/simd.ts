/** What MMX and SSE instructions have in common: when they are refused, and how results are delivered. */
import { CR0, CR4 } from '../control-bits.ts';
import { MODE, STATE } from '../layout.ts';
import { enterMmx } from '../sse/mmx.ts';
import { VECTOR } from '../vectors.ts';
import type { Val } from '../wasm/code.ts';
import { type Vector, vector } from '../wasm/vector.ts';
import type { Ops, Semantics } from './ops.ts';
import type { Refusal } from './vector-operations.ts';
import { raisePending } from './x87.ts';

/** SDM vol. 3, tables 12-1 and 13-1. */
const EMULATED: Refusal = { word: STATE.cr0, bits: CR0.EM, vector: VECTOR.UD };
const NOT_ENABLED: Refusal = { word: STATE.cr4, bits: CR4.OSFXSR, clear: true, vector: VECTOR.UD };
const SWITCHED: Refusal = { word: STATE.cr0, bits: CR0.TS, vector: VECTOR.NM };

/** The register file that an instruction works on. */
export type Bits = 64 | 128;

const requireMmx = (o: Ops): void => {
  o.require(MODE.noFpu, [EMULATED, SWITCHED]);
  raisePending(o);
};
const requireSse = (o: Ops): void => o.require(MODE.noSse, [EMULATED, NOT_ENABLED, SWITCHED]);

/** An instruction of MMX registers, or one of XMM registers. */
export const onBits =
  (bits: Bits, body: Semantics): Semantics =>
  (o) => {
    if (bits === 64) {
      o.withFpuInMemory(() => {
        requireMmx(o);
        body(o);
      });
      return;
    }
    requireSse(o);
    body(o);
  };
export const mmx = (body: Semantics): Semantics => onBits(64, body);
export const sse = (body: Semantics): Semantics => onBits(128, body);
/** An instruction of SSE that has an MMX register among its operands. */
export const sseWithMmx = (body: Semantics): Semantics =>
  sse((o) =>
    o.withFpuInMemory(() => {
      raisePending(o);
      body(o);
    }),
  );

/** Writes the result, which is the last thing that can fault; then an MMX instruction has its effect on the FPU. */
export const deliver = (o: Ops, bits: Bits, value: Val): void => {
  o.setVector(0, value);
  if (bits === 64) enterMmx(o.c);
};

/** Makes a result of values that may be used more than once. */
export type Binary = (v: Vector, a: Val, b: Val, bits: Bits) => Val;

/** Operand 0 := operand 0 op operand 1. */
export const binary =
  (operation: Binary) =>
  (bits: Bits): Semantics =>
    onBits(bits, (o) => {
      const a = o.getVector(0);
      const b = o.getVector(1);
      deliver(o, bits, operation(vector(o.c), a, b, bits));
    });

/** The control word, and the FPU's state after FNINIT and FNCLEX. SDM vol. 1, 8.1.3-8.1.5; vol. 2, FINIT, FCLEX, FLDCW. */
import { STATE } from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { CONTROL_INITIAL, CONTROL_RESERVED, CONTROL_WRITABLE, EXCEPTIONS, STATUS } from './words.ts';

/** (value). FLDCW: unmasking a pending exception raises the summary. */
const defineLoadControl = (builder: ModuleBuilder): Callee =>
  builder.define('x87_load_control', ['i32'], undefined, (c, value) => {
    const control = c.keep(c.or(c.and(c.get(value), CONTROL_WRITABLE), CONTROL_RESERVED));
    const status = c.keep(c.and(c.load(STATE.fpuStatus), ~(STATUS.ES | STATUS.B)));
    const pending = c.and(c.and(status, c.xor(control, -1)), EXCEPTIONS);
    const summary = c.keep(c.select(pending, c.const(STATUS.ES | STATUS.B), c.const(0)));
    c.store(STATE.fpuControl, control);
    c.store(STATE.fpuStatus, c.or(status, summary));
  });

/** (). FNINIT. */
const defineInitialize = (builder: ModuleBuilder): Callee =>
  builder.define('x87_initialize', [], undefined, (c) => {
    c.store(STATE.fpuControl, CONTROL_INITIAL);
    c.store(STATE.fpuStatus, 0);
    c.store(STATE.fpuTag, 0xffff);
    for (const pointer of [STATE.fpuOpcode, STATE.fpuIp, STATE.fpuCs, STATE.fpuDp, STATE.fpuDs]) c.store(pointer, 0);
  });

/** (). FNCLEX. */
const defineClear = (builder: ModuleBuilder): Callee =>
  builder.define('x87_clear_exceptions', [], undefined, (c) => {
    c.store(STATE.fpuStatus, c.and(c.load(STATE.fpuStatus), ~(EXCEPTIONS | STATUS.SF | STATUS.ES | STATUS.B)));
  });

export const defineControl = (builder: ModuleBuilder): Callee[] => [
  defineLoadControl(builder),
  defineInitialize(builder),
  defineClear(builder),
];

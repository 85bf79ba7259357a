/**
 * The complete interpreter: every line of the opcode table, in every mode, one instruction a call. Each opcode and
 * operand size is a small function of its own in a table; memory goes through helpers that translate, check and
 * may fault. A fault is left in STATE.faultVector, with nothing of the instruction done.
 */
import type { Line } from '../isa/line.ts';
import { hasModrm, linesOf, OPCODE_MAPS } from '../isa/table.ts';
import { MODE, PAGE_SIZE, STATE } from '../layout.ts';
import { VECTOR } from '../vectors.ts';
import type { Callee, Code, Operand, Type, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';
import { type CompleteHelpers, PREFIX } from './complete-memory.ts';
import { EIP_SET, FAULTED, type Handler, type InstructionFunctions } from './complete-operands.ts';
import { CompleteOps } from './complete-ops.ts';
import { STEP } from './exits.ts';
import type { OpenOperands } from './open.ts';

const emitLine = (h: Handler, line: Line, operandSize: 16 | 32): void => {
  const ops = new CompleteOps(h, line, operandSize);
  ops.checkLevel();
  if (line.host !== undefined && !line.tried) {
    ops.host();
    return;
  }
  ops.checkLegal();
  ops.decodeOperands();
  line.semantics(ops);
  ops.finish();
};

/** The mandatory prefix that counts is F2 or F3 if one is there, else 66. */
const hasPrefix = ({ c, prefixes }: Handler, prefix: number): Val => {
  const rep = 0xff << PREFIX.repShift;
  if (prefix === 0x66) return c.eq(c.and(c.get(prefixes), rep | PREFIX.operand), PREFIX.operand);
  if (prefix === 0) return c.eqz(c.and(c.get(prefixes), rep | PREFIX.operand));
  return c.eq(c.and(c.get(prefixes), rep), prefix << PREFIX.repShift);
};

/** Selects among the lines of one opcode by ModRM (and mandatory prefix), most specific first. */
const emitOpcode = (h: Handler, lines: readonly Line[], operandSize: 16 | 32): void => {
  const { c } = h;
  const modrm = () => c.get(h.operands.modrm!);
  const byExtension = (extension: number): void => {
    for (const line of lines) {
      if (line.extension >= 0 && line.extension !== extension) continue;
      const body = () => emitLine(h, line, operandSize);
      // A line for memory only that has no register twin checks its form itself.
      const alone = lines.filter((l) => l.extension === line.extension).length === 1;
      const tests: Val[] = [];
      if (line.form === 'register') tests.push(c.geU(modrm(), 0xc0));
      else if (typeof line.form === 'number') tests.push(c.eq(modrm(), line.form));
      else if (line.form === 'memory' && !alone) tests.push(c.ltU(modrm(), 0xc0));
      if (line.prefix >= 0) tests.push(hasPrefix(h, line.prefix));
      if (tests.length)
        c.if(
          tests.reduce((a, b) => c.and(a, b)),
          body,
        );
      else body();
    }
  };
  const extensions = new Set(lines.map((l) => l.extension));
  if (extensions.size === 1 && extensions.has(-1)) {
    byExtension(-1);
    return;
  }
  const UNDEFINED = 'undefined';
  const arms = [...Array(8).keys()]
    .filter((n) => extensions.has(n) || extensions.has(-1))
    .map((n) => ({ n, label: c.label('ext'), body: () => byExtension(n) }));
  const labels = [...Array(8).keys()].map((n) => arms.find((a) => a.n === n)?.label ?? UNDEFINED);
  c.block(UNDEFINED, () =>
    c.switchOver(
      c.and(c.shrU(modrm(), 3), 7),
      labels,
      UNDEFINED,
      arms.map((a) => ({
        label: a.label,
        body: () => {
          a.body();
          c.break(UNDEFINED);
        },
      })),
    ),
  );
};

const undefinedOpcode = (c: Code): void => {
  c.store(STATE.faultVector, VECTOR.UD);
  c.store(STATE.faultCode, -1);
  c.return(FAULTED);
};

const HANDLER_PARAMS: Type[] = ['i32', 'i32'];

/** Index of a handler in the table: an opcode's last byte, its map by number, the operand size. */
const MAP_SHIFT = 8;
const SIZE_SHIFT = 10;

/** Defines the handlers and `step() → STEP`: executes the instruction at EIP, whatever it is. */
export const defineComplete = (
  builder: ModuleBuilder,
  helpers: CompleteHelpers,
  helper: (name: string) => Callee,
  system: InstructionFunctions,
): Callee => {
  const names: string[] = [];
  builder.define('undefinedOpcode', HANDLER_PARAMS, 'i32', (c) => {
    undefinedOpcode(c);
    return undefined;
  });
  for (const operandSize of [32, 16] as const) {
    for (let n = 0; n < OPCODE_MAPS.length << MAP_SHIFT; n++) {
      const opcode = (OPCODE_MAPS[n >> MAP_SHIFT]! << 8) | (n & 0xff);
      const lines = linesOf(opcode);
      const index = n | (operandSize === 16 ? 1 << SIZE_SHIFT : 0);
      if (!lines.length) {
        names[index] = 'undefinedOpcode';
        continue;
      }
      // Where a prefix selects, it does not change the operands' size: one handler serves both.
      const same = operandSize === 16 && lines.every((line) => line.prefix >= 0);
      const name = `op${same ? 32 : operandSize}_${opcode.toString(16).padStart(2, '0')}`;
      names[index] = name;
      if (same) continue;
      builder.define(name, HANDLER_PARAMS, 'i32', (c, ip, prefixes) => {
        const operands: OpenOperands = { after: c.newLocal() };
        if (hasModrm(lines)) {
          operands.modrm = c.newLocal();
          c.set(operands.modrm, c.load(c.get(ip), 8, 1));
        }
        emitOpcode({ c, ip, prefixes, operands, helpers, helper, system }, lines, operandSize);
        undefinedOpcode(c);
        return undefined;
      });
    }
  }
  builder.functionTable('handlers', names);
  return defineStep(builder, helpers);
};

/** Room for the longest instruction. */
const LONGEST = 16;

/** Whether the byte at a host address is a prefix. */
const isPrefix = (c: Code, at: Operand, distance: number): Val => {
  const byte = c.copy(c.load(at, 8, distance));
  const segment = c.or(c.eq(c.and(byte, 0xe7), 0x26), c.eq(c.and(byte, 0xfc), 0x64));
  return c.or(segment, c.eq(c.and(byte, 0xfc), 0xf0));
};

/** Host pointer to the instruction at EIP, or 0: found here on a page that is known, if prefixes cannot make it too long. */
const fetch = (c: Code, helpers: CompleteHelpers): Val => {
  const start = c.newLocal();
  const eip = c.copy(c.load(STATE.eip));
  const offset = c.copy(c.and(eip, PAGE_SIZE - 1));
  const entry = c.copy(c.load(c.add(c.load(STATE.tlbExec), c.shl(c.shrU(eip, 12), 2))));
  const flat = c.and(c.load(STATE.mode), MODE.flat);
  c.set(start, c.const(0));
  c.if(c.and(c.ne(entry, 0), c.and(flat, c.leU(offset, PAGE_SIZE - LONGEST))), () => {
    c.set(start, c.add(c.and(entry, -PAGE_SIZE), offset));
    const prefixes = c.and(isPrefix(c, c.get(start), 0), isPrefix(c, c.get(start), 1));
    c.if(prefixes, () => c.set(start, c.const(0)));
  });
  c.if(c.eqz(c.get(start)), () => c.set(start, c.call(helpers.imports['fetch']!)));
  return c.get(start);
};

const defineStep = (builder: ModuleBuilder, helpers: CompleteHelpers): Callee =>
  builder.define('step', [], 'i32', (c) => {
    const start = fetch(c, helpers);
    c.if(c.eqz(start), () => c.return(STEP.fault));
    c.store(STATE.instruction, start);
    const ip = c.newLocal();
    const prefixes = c.newLocal();
    const byte = c.newLocal();
    const size16 = c.newLocal();
    const wide = c.keep(c.and(c.load(STATE.mode), MODE.code32));
    c.set(ip, start);
    c.set(prefixes, c.select(wide, 0, PREFIX.address16));
    c.set(size16, c.eqz(wide));
    const setBits = (mask: number, value: Operand) => c.set(prefixes, c.or(c.and(c.get(prefixes), ~mask), value));
    const isByte = (value: number) => c.eq(c.get(byte), value);
    c.block('opcode', () => {
      c.loop('prefix', () => {
        c.set(byte, c.load(c.get(ip), 8));
        c.block('consumed', () => {
          c.if(isByte(0x66), () => {
            c.set(size16, c.ne(wide, 0));
            setBits(PREFIX.operand, PREFIX.operand);
            c.break('consumed');
          });
          c.if(isByte(0x67), () => {
            setBits(PREFIX.address16, c.select(wide, PREFIX.address16, 0));
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xe7), 0x26), () => {
            setBits(PREFIX.segment, c.add(c.and(c.shrU(c.get(byte), 3), 3), 1));
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xfe), 0x64), () => {
            setBits(PREFIX.segment, c.sub(c.get(byte), 0x5f));
            c.break('consumed');
          });
          c.if(isByte(0xf0), () => {
            setBits(PREFIX.lock, PREFIX.lock);
            c.break('consumed');
          });
          c.if(c.eq(c.and(c.get(byte), 0xfe), 0xf2), () => {
            setBits(0xff << PREFIX.repShift, c.shl(c.get(byte), PREFIX.repShift));
            c.break('consumed');
          });
          c.break('opcode');
        });
        c.set(ip, c.add(c.get(ip), 1));
        c.break('prefix');
      });
    });
    const map = c.newLocal();
    const escapedBy = (code: number, more: () => void) =>
      c.if(isByte(code & 0xff), () => {
        c.set(ip, c.add(c.get(ip), 1));
        c.set(byte, c.load(c.get(ip), 8));
        c.set(map, c.const(OPCODE_MAPS.indexOf(code)));
        more();
      });
    const [, twoByte, ...threeByte] = OPCODE_MAPS;
    c.set(map, c.const(0));
    escapedBy(twoByte, () =>
      c.block('map', () => {
        for (const code of threeByte) escapedBy(code, () => c.break('map'));
      }),
    );
    const opcode = c.or(c.get(byte), c.shl(c.get(map), MAP_SHIFT));
    const index = c.or(opcode, c.shl(c.get(size16), SIZE_SHIFT));
    const next = c.callIndirect('handlers', index, HANDLER_PARAMS, [c.get(ip), c.get(prefixes)], 'i32');
    c.if(c.eqz(next), () => c.return(STEP.fault));
    c.if(c.ne(next, EIP_SET), () => c.store(STATE.eip, c.add(c.load(STATE.eip), c.sub(next, start))));
    return c.const(STEP.done);
  });

/** Every x87 line of the opcode table builds into a valid function, in both forms of its operands. */
import { describe, expect, it } from 'vitest';
import { X87 } from '../../translator/isa/x87.ts';
import type { Ops } from '../../translator/semantics/ops.ts';
import type { Code } from '../../translator/wasm/code.ts';
import { ModuleBuilder } from '../../translator/wasm/module.ts';
import { defineX87 } from '../../translator/x87/index.ts';

const OPERAND = 0x1000;

/** The operations that x87 semantics use, with a memory operand at a fixed place. */
const binding = (c: Code, callees: ReturnType<typeof defineX87>): Ops => {
  const operations: Partial<Ops> = {
    c,
    conditionCode: 2,
    get: () => c.load(OPERAND),
    set: (_, value) => c.store(OPERAND, value),
    get64: () => c.loadAs('i64', c.const(OPERAND)),
    set64: (_, value) => c.storeAs('i64', OPERAND, value),
    getExponent: () => c.load(OPERAND, 16, 8),
    setExponent: (_, value) => c.store(OPERAND, value, 16, 8),
    stackIndex: (operand) => (operand ? c.and(c.load(OPERAND), 7) : c.const(0)),
    mode: () => c.load(OPERAND),
    require: () => {},
    openForWriting: () => {},
    recordPointers: () => c.store(OPERAND, 0),
    callFpu: (callee, ...args) => c.call(callee, ...args),
    withFpuInMemory: (body) => body(),
    raiseIf: (condition) => c.if(condition, () => c.append(c.module.unreachable())),
    when: (condition, body) => c.if(condition, body),
    condition: () => c.load(OPERAND),
    define: (source) => c.store(OPERAND, source.carryA()),
    helper: (name) => {
      const callee = callees[name];
      if (!callee) throw new Error(`no function ${name}`);
      return callee;
    },
  };
  return operations as Ops;
};

describe('x87 lines', () => {
  it('all build, and what they call exists', () => {
    const builder = new ModuleBuilder();
    const callees = defineX87(builder);
    let built = 0;
    for (const [n, line] of X87.entries()) {
      if (line.host !== undefined) continue;
      builder.define(`line${n}`, [], undefined, (c) => line.semantics(binding(c, callees)), true);
      built++;
    }
    expect(builder.module.validate()).toBeTruthy();
    builder.dispose();
    expect(built).toBeGreaterThan(120);
  });

  it('no two claim the same encoding', () => {
    const owners = new Map<string, string>();
    for (const line of X87) {
      const exact = typeof line.form === 'number';
      for (let modrm = 0; modrm < 256; modrm++) {
        if (line.extension >= 0 && ((modrm >> 3) & 7) !== line.extension) continue;
        if (line.form === 'memory' && modrm >= 0xc0) continue;
        if (line.form === 'register' && modrm < 0xc0) continue;
        if (exact && line.form !== modrm) continue;
        const key = `${line.opcode.toString(16)} ${modrm.toString(16)}`;
        if (line.form === 'any') continue;
        expect(owners.get(key), `${key} ${line.mnemonic}`).toBeUndefined();
        owners.set(key, line.mnemonic);
      }
    }
    // All memory forms of eight opcodes but D9 /1, DB /4, DB /6 and DD /5.
    const memory = [...owners.keys()].filter((key) => Number.parseInt(key.split(' ')[1]!, 16) < 0xc0);
    expect(memory.length).toBe((64 - 4) * 24);
  });
});

/** The operations of the semantics in the complete interpreter, on top of its operands: stack, jumps, checks, the runtime. */
import { isOptional, levelBit } from '../isa/line.ts';
import { CS, MODE, SEG_SELECTOR, SS, STATE, segment } from '../layout.ts';
import type { Width } from '../semantics/ops.ts';
import type { Refusal } from '../semantics/vector-operations.ts';
import { GATE } from '../system/gates.ts';
import { VECTOR } from '../vectors.ts';
import type { Callee, Operand, Val } from '../wasm/code.ts';
import { PREFIX } from './complete-memory.ts';
import { CompleteOperands, EIP_SET, FAULTED } from './complete-operands.ts';

const REP = 0xf3;

export class CompleteOps extends CompleteOperands {
  require(mode: number, refusals: readonly Refusal[]): void {
    const { c } = this;
    c.if(this.mode(mode), () => {
      for (const { word, bits, clear, vector } of refusals) {
        const set = c.and(c.load(word), bits);
        this.raiseIf(clear ? c.eqz(set) : set, vector);
      }
    });
  }
  recordPointers(): void {
    const { c } = this;
    c.store(STATE.fpuIp, c.load(STATE.eip));
    c.store(STATE.fpuCs, c.load(segment(CS) + SEG_SELECTOR));
    const opcode = c.or(c.shl(this.line.opcode & 7, 8), c.get(this.operands.modrm!));
    c.store(STATE.fpuOpcode, opcode);
    if (this.line.form !== 'memory') return;
    c.store(STATE.fpuDp, c.get(this.offset));
    c.store(STATE.fpuDs, c.load(c.shl(c.get(this.segment), 4), 32, segment(0) + SEG_SELECTOR));
  }
  mode(bits: number): Val {
    return this.c.and(this.c.load(STATE.mode), bits);
  }

  // The runtime executes string instructions where the hot interpreter does not.
  protected getString = (): Val => this.left();
  protected setString = (): void => this.left();
  advance = (): void => this.left();
  fuelEnds = (): Val => this.left();
  private left(): never {
    throw new Error(`${this.line.mnemonic} is left to the runtime`);
  }

  // The stack, at the width that SS.B says.
  private static readonly ESP = 4;
  private wide(): Val {
    return this.c.and(this.c.load(STATE.mode), MODE.stack32);
  }
  private stackOffset(displacement: Operand): Val {
    const { c } = this;
    const esp = c.copy(c.add(this.reg(CompleteOps.ESP), displacement));
    return c.select(this.wide(), esp, c.and(esp, 0xffff));
  }
  setStackPointer(value: Operand): void {
    const { c } = this;
    const v = c.keep(value);
    c.if(
      this.wide(),
      () => this.setReg(CompleteOps.ESP, v),
      () => this.setReg(CompleteOps.ESP, v, 16),
    );
  }
  push(value: Operand, bits: 16 | 32): void {
    const { c, h } = this;
    const v = c.keep(value);
    const offset = c.keep(this.stackOffset(-bits / 8));
    const linear = c.call(h.helpers.linear, SS, offset, bits / 8, 1);
    this.checkFault();
    c.call(h.helpers.store[bits], linear, v);
    this.checkFault();
    this.setStackPointer(offset);
  }
  top(bits: 16 | 32): Val {
    return this.loadStack(this.stackOffset(0), bits);
  }
  release(bytes: Operand): void {
    this.setStackPointer(this.c.keep(this.stackOffset(bytes)));
  }
  loadStack(offset: Val, bits: 16 | 32): Val {
    const { c } = this;
    const kept = c.keep(offset);
    return this.loadAt(c.const(SS), c.select(this.wide(), kept, c.and(kept, 0xffff)), bits);
  }
  loadData(offset: Val, bits: Width): Val {
    const { c } = this;
    const kept = c.keep(offset);
    const address16 = c.and(c.get(this.h.prefixes), PREFIX.address16);
    return this.loadAt(this.dataSegment(), c.select(address16, c.and(kept, 0xffff), kept), bits);
  }
  private loadAt(seg: Val, offset: Val, bits: Width): Val {
    const { c, h } = this;
    const linear = c.call(h.helpers.linear, seg, offset, bits / 8, 0);
    this.checkFault();
    const value = c.call(h.helpers.load[bits], linear);
    this.checkFault();
    return value;
  }

  private next(): Val {
    return this.c.add(this.c.get(this.operands.after), this.immediateBytes());
  }
  nextEip(): Val {
    const { c } = this;
    return c.add(c.load(STATE.eip), c.sub(this.next(), c.load(STATE.instruction)));
  }
  jump(target: Val): void {
    this.c.store(STATE.eip, this.c.zeroExtend(target, this.operandSize));
    this.c.return(EIP_SET);
  }
  jumpRelative(operand: number): void {
    this.jump(this.relativeTarget(operand));
  }
  branchRelative(operand: number, condition: Val): void {
    this.c.if(condition, () => this.jumpRelative(operand));
  }
  jumpIndirect(target: Val): void {
    this.jump(target);
  }
  slowIf(): void {
    // This is where slow things are done.
  }
  private counterIs16(): Val {
    return this.c.and(this.c.get(this.h.prefixes), PREFIX.address16);
  }
  counter(): Val {
    const ecx = this.reg(1);
    return this.c.select(this.counterIs16(), this.c.and(ecx, 0xffff), ecx);
  }
  setCounter(value: Val): void {
    const v = this.c.keep(value);
    this.c.if(
      this.counterIs16(),
      () => this.setReg(1, v, 16),
      () => this.setReg(1, v),
    );
  }
  host(): void {
    const { c, h } = this;
    const done = this.systemFunction();
    // Other prefixes, and code of 16 bits, which looks like one, are the runtime's.
    if (done) c.if(c.eqz(c.get(h.prefixes)), () => c.if(done(), () => c.return(EIP_SET)));
    const repeated = this.operandSize === 32 ? h.system.repeated[this.line.host!] : undefined;
    if (repeated) {
      const repeat = () => c.call(repeated, Math.log2(this.size / 8));
      c.if(c.eq(c.get(h.prefixes), REP << PREFIX.repShift), () => c.if(repeat(), () => c.return(EIP_SET)));
    }
    c.return(c.select(c.call(h.helpers.imports['host']!), EIP_SET, FAULTED));
  }
  /** The instruction in generated code, for what is not the runtime's: non-zero when it is done. */
  private systemFunction(): (() => Val) | undefined {
    const { c, h, line, operandSize } = this;
    if (operandSize !== 32) return undefined;
    if (line.host === 'int') {
      const next = () => c.add(c.load(STATE.eip), 2);
      return () => c.call(h.system.gate, c.load(c.get(h.ip), 8, 1), 0, GATE.software, next());
    }
    const plain = h.system.plain[line.host!];
    return plain && (() => c.call(plain));
  }
  helper(name: string): Callee {
    return this.h.helper(name);
  }

  /** The processor has this line's group of instructions. */
  checkLevel(): void {
    const { c, line } = this;
    if (isOptional(line)) this.raiseIf(c.eqz(c.and(c.load(STATE.levels), levelBit(line.cpu))), VECTOR.UD);
  }
  /** LOCK is legal on memory forms of lockable lines only; some lines exist in one form only. */
  checkLegal(): void {
    const { c, h, line } = this;
    const lock = () => c.and(c.get(h.prefixes), PREFIX.lock);
    if (!line.lockable) this.raiseIf(lock(), VECTOR.UD);
    else if (this.hasModrmOperand()) this.raiseIf(c.and(c.ne(lock(), 0), c.eqz(this.isMemory())), VECTOR.UD);
    if (line.form === 'memory') this.raiseIf(c.eqz(this.isMemory()), VECTOR.UD);
  }
  finish(): void {
    this.c.return(this.next());
  }
}

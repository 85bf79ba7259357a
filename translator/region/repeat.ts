/**
 * String instructions with REP in a region: piece after piece by functions of the core module, each piece one
 * instruction in the count. Downwards, and where a piece needs the runtime, the interpreter does it.
 */
import { zeroOf } from '../flags.ts';
import { REPEATED } from '../interpreter/string-pieces.ts';
import type { Instruction } from '../isa/instruction.ts';
import { EFLAGS, FS } from '../layout.ts';
import type { Val } from '../wasm/code.ts';
import type { ClosedOps } from './closed.ts';
import type { RegionContext } from './context.ts';

const ECX = 1;
const REPNE = 0xf2;

/** Whether a region can do this instruction, which has a REP prefix. */
export const isRepeatable = ({ line, addressSize, segment }: Instruction): boolean =>
  REPEATED[line.mnemonic] !== undefined && addressSize === 32 && segment < FS;

/** Flags that a repeated instruction reads of its own comparison, whether or not anyone does afterwards. */
export const ownFlags = ({ line, rep }: Instruction): number =>
  rep && REPEATED[line.mnemonic]?.compares ? EFLAGS.ZF : 0;

export const emitRepeated = (o: ClosedOps, region: RegionContext, { line, rep }: Instruction): void => {
  const { c } = o;
  const { piece, takes, moves, compares } = REPEATED[line.mnemonic]!;
  const bytes = o.size / 8;
  const again = c.label('again');
  const end = c.label('end');
  const left = (): Val => o.reg(ECX);
  /** Elements done: pointers and count move along. */
  const account = (done: Val): void => {
    const elements = c.copy(done);
    for (const register of moves) o.setReg(register, c.add(o.reg(register), c.mul(elements, bytes)));
    o.setReg(ECX, c.sub(left(), elements));
  };

  o.slowIf(c.and(o.systemFlags(), EFLAGS.DF));
  const body = (): void => {
    const args = [...takes.map((register) => o.reg(register)), left(), c.const(Math.log2(bytes))];
    if (compares) args.push(c.const(Number(rep === REPNE)));
    const done = c.call(o.helper(piece), ...args);
    o.slowIf(c.eqz(done));
    if (compares) {
      // The last pair by the instruction as it is without REP, which sets the flags.
      account(c.sub(done, 1));
      line.semantics(o);
      o.setReg(ECX, c.sub(left(), 1));
      const equal = zeroOf(c, o.flags());
      c.break(end, rep === REPNE ? equal : c.eqz(equal));
    } else account(done);
    c.break(end, c.eqz(left()));
    region.again();
    c.break(again);
  };
  o.when(c.ne(left(), 0), () => {
    region.frame.markWritten([...moves, ECX], compares);
    c.block(end, () => c.loop(again, body));
  });
};

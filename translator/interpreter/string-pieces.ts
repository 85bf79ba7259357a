/**
 * The pieces that generated code does repeated string instructions in: as many elements as lie in one page of each operand,
 * which is as many as the runtime does at a time (host/repeat.ts), so that instructions are counted alike. All work
 * upwards, on linear addresses; `shift` is the binary logarithm of an element's bytes. Each returns how many
 * elements are done, or 0, with nothing changed, where the interpreter must do the instruction.
 */
import { EFLAGS, PAGE_SIZE, STATE } from '../layout.ts';
import { defineSystem, requireFlat, SLOW } from '../system/plain.ts';
import type { Callee, Code, Local, Type, Val } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';

/** Up to so many bytes a loop beats the machine's function for copying. */
const SHORT = 64;

const FOUR: readonly Type[] = ['i32', 'i32', 'i32', 'i32'];
const FIVE: readonly Type[] = [...FOUR, 'i32'];
/** Parameters of the pieces by name; all give an i32. */
export const PIECE_PARAMS = { copyPiece: FOUR, fillPiece: FOUR, scanPiece: FIVE, comparePiece: FIVE } as const;

const EAX = 0;
const ECX = 1;
const ESI = 6;
const EDI = 7;

interface Repeated {
  /** Function that does a piece; it takes these registers, the count, the width, and for comparisons what ends it. */
  readonly piece: keyof typeof PIECE_PARAMS;
  readonly takes: readonly number[];
  /** Index registers that it moves along. */
  readonly moves: readonly number[];
  readonly compares: boolean;
}

/** By mnemonic. */
export const REPEATED: Readonly<Record<string, Repeated>> = {
  movs: { piece: 'copyPiece', takes: [ESI, EDI], moves: [ESI, EDI], compares: false },
  stos: { piece: 'fillPiece', takes: [EDI, EAX], moves: [EDI], compares: false },
  scas: { piece: 'scanPiece', takes: [EDI, EAX], moves: [EDI], compares: true },
  cmps: { piece: 'comparePiece', takes: [ESI, EDI], moves: [ESI, EDI], compares: true },
};

export type Pieces = Readonly<Record<keyof typeof PIECE_PARAMS, Callee>>;

interface Hosts {
  readonly hostForRead: Callee;
  readonly hostForWrite: Callee;
}

/** Runs `body` until it returns from the function. */
const forever = (c: Code, body: () => void): void => {
  const label = c.label('next');
  c.loop(label, () => {
    body();
    c.break(label);
  });
};

/** Sets `count` to the elements of the piece; returns 0 where an element crosses a page. */
const limit = (c: Code, count: Local, shift: Local, operands: readonly Local[]): void => {
  const most = c.newLocal();
  c.set(most, c.const(PAGE_SIZE));
  for (const linear of operands) {
    const room = c.copy(c.shrU(c.sub(PAGE_SIZE, c.and(c.get(linear), PAGE_SIZE - 1)), c.get(shift)));
    c.if(c.eqz(room), () => c.return(0));
    c.set(most, c.select(c.ltU(room, c.get(most)), room, c.get(most)));
  }
  c.set(count, c.select(c.ltU(c.get(count), c.get(most)), c.get(count), c.get(most)));
};

const hostOf = (c: Code, translate: Callee, linear: Local, bytes: Val): Val => {
  const host = c.copy(c.call(translate, c.get(linear), bytes));
  c.if(c.ltS(host, 0), () => c.return(0));
  return host;
};

/** Builds `body` for each width of an element, and chooses by `shift`. */
const byWidth = (c: Code, shift: Local, body: (bits: number) => void): void =>
  c.if(
    c.eqz(c.get(shift)),
    () => body(8),
    () =>
      c.if(
        c.eq(c.get(shift), 1),
        () => body(16),
        () => body(32),
      ),
  );

const copyLoop = (c: Code, from: Val, to: Val, bytes: Val, bits: number): void => {
  const at = c.newLocal();
  c.set(at, c.const(0));
  const label = c.label('copy');
  c.loop(label, () => {
    c.store(c.add(to, c.get(at)), c.load(c.add(from, c.get(at)), bits), bits);
    c.set(at, c.add(c.get(at), bits / 8));
    c.break(label, c.ltU(c.get(at), bytes));
  });
};

const defineCopy = (builder: ModuleBuilder, { hostForRead, hostForWrite }: Hosts): Callee =>
  builder.define('copyPiece', PIECE_PARAMS.copyPiece, 'i32', (c, source, target, count, shift) => {
    limit(c, count!, shift!, [source!, target!]);
    const bytes = c.copy(c.shl(c.get(count!), c.get(shift!)));
    const from = hostOf(c, hostForRead, source!, bytes);
    const to = hostOf(c, hostForWrite, target!, bytes);
    // A target that begins within the source repeats what has just been written.
    const distance = c.copy(c.sub(to, from));
    const feedsItself = c.and(c.ltU(distance, bytes), c.ne(distance, 0));
    c.if(
      c.or(feedsItself, c.and(c.eq(c.get(shift!), 2), c.leU(bytes, SHORT))),
      () => byWidth(c, shift!, (bits) => copyLoop(c, from, to, bytes, bits)),
      () => c.copyMemory(to, from, bytes),
    );
    return c.get(count!);
  });

const defineFill = (builder: ModuleBuilder, { hostForWrite }: Hosts): Callee =>
  builder.define('fillPiece', PIECE_PARAMS.fillPiece, 'i32', (c, target, value, count, shift) => {
    limit(c, count!, shift!, [target!]);
    const bytes = c.copy(c.shl(c.get(count!), c.get(shift!)));
    const to = hostOf(c, hostForWrite, target!, bytes);
    const byte = c.copy(c.and(c.get(value!), 0xff));
    byWidth(c, shift!, (bits) => {
      const repeated = bits === 8 ? c.const(0) : c.xor(c.zeroExtend(c.get(value!), bits), c.mul(byte, ONES[bits]!));
      c.if(
        c.eqz(repeated),
        () => c.fillMemory(to, byte, bytes),
        () => {
          c.store(to, c.get(value!), bits);
          c.if(c.gtU(bytes, bits / 8), () => {
            const rest = c.copy(c.sub(bytes, bits / 8));
            copyLoop(c, to, c.copy(c.add(to, bits / 8)), rest, bits);
          });
        },
      );
    });
    return c.get(count!);
  });
/** A one in every byte. */
const ONES: Readonly<Record<number, number>> = { 16: 0x0101, 32: 0x0101_0101 };

/** Compares elements until `differs` gives zero and equality is wanted, or the other way round. */
const search = (c: Code, count: Local, shift: Local, whenEqual: Local, pair: (at: Val, bits: number) => Val): void => {
  const done = c.newLocal();
  c.set(done, c.const(0));
  byWidth(c, shift, (bits) =>
    forever(c, () => {
      const differs = pair(c.shl(c.get(done), Math.log2(bits / 8)), bits);
      const found = c.copy(c.eq(c.eqz(differs), c.get(whenEqual)));
      c.set(done, c.add(c.get(done), 1));
      c.if(c.or(found, c.eq(c.get(done), c.get(count))), () => c.return(c.get(done)));
    }),
  );
};

const defineScan = (builder: ModuleBuilder, { hostForRead }: Hosts): Callee =>
  builder.define('scanPiece', PIECE_PARAMS.scanPiece, 'i32', (c, target, value, count, shift, equal) => {
    limit(c, count!, shift!, [target!]);
    const host = hostOf(c, hostForRead, target!, c.copy(c.shl(c.get(count!), c.get(shift!))));
    search(c, count!, shift!, equal!, (at, bits) =>
      c.xor(c.load(c.add(host, at), bits), c.zeroExtend(c.get(value!), bits)),
    );
  });

const defineCompare = (builder: ModuleBuilder, { hostForRead }: Hosts): Callee =>
  builder.define('comparePiece', PIECE_PARAMS.comparePiece, 'i32', (c, source, target, count, shift, equal) => {
    limit(c, count!, shift!, [source!, target!]);
    const bytes = c.copy(c.shl(c.get(count!), c.get(shift!)));
    const first = hostOf(c, hostForRead, source!, bytes);
    const second = hostOf(c, hostForRead, target!, bytes);
    search(c, count!, shift!, equal!, (at, bits) => {
      const offset = c.copy(at);
      return c.xor(c.load(c.add(first, offset), bits), c.load(c.add(second, offset), bits));
    });
  });

/**
 * copyPiece(source, target, count, shift), fillPiece(target, value, count, shift), scanPiece(target, value, count,
 * shift, whenEqual) and comparePiece(source, target, count, shift, whenEqual): the last two stop behind the element
 * whose equality is as `whenEqual` says.
 */
export const defineStringPieces = (builder: ModuleBuilder, hosts: Hosts): Pieces => ({
  copyPiece: defineCopy(builder, hosts),
  fillPiece: defineFill(builder, hosts),
  scanPiece: defineScan(builder, hosts),
  comparePiece: defineCompare(builder, hosts),
});

/** REP and the opcode. */
const LENGTH = 2;

/**
 * A piece of REP MOVS or STOS in flat code, for the complete interpreter: (shift) → 1, with EIP behind the instruction if
 * that was the last piece. It is one instruction in the count, as in every engine.
 */
const defineRepeated = (builder: ModuleBuilder, mnemonic: string, pieces: Pieces): Callee => {
  const { piece, takes, moves } = REPEATED[mnemonic]!;
  return defineSystem(builder, `${mnemonic}Repeated`, ['i32'], (c, shift) => {
    const reg = (index: number): Val => c.load(STATE.gpr + index * 4);
    const setReg = (index: number, value: Val) => c.store(STATE.gpr + index * 4, value);
    requireFlat(c);
    c.break(SLOW, c.and(c.load(STATE.eflags), EFLAGS.DF));
    const left = c.copy(reg(ECX));
    c.if(left, () => {
      const done = c.copy(c.call(pieces[piece], ...takes.map(reg), left, c.get(shift!)));
      c.break(SLOW, c.eqz(done));
      for (const index of moves) setReg(index, c.add(reg(index), c.shl(done, c.get(shift!))));
      setReg(ECX, c.sub(left, done));
      c.if(c.ne(left, done), () => c.return(1));
    });
    c.store(STATE.eip, c.add(c.load(STATE.eip), LENGTH));
  });
};

/** By mnemonic. */
export const defineRepetitions = (builder: ModuleBuilder, pieces: Pieces): Readonly<Record<string, Callee>> =>
  Object.fromEntries(['movs', 'stos'].map((mnemonic) => [mnemonic, defineRepeated(builder, mnemonic, pieces)]));

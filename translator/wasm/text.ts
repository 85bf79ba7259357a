/** WebAssembly bytes as text, through wabt; laid out anew, because wabt gives each constant a line of its own. */
import wabt from 'wabt';

/** An expression of the text format: its keyword and immediates, and the expressions in it. */
export interface Expression {
  readonly head: string;
  readonly children: readonly Expression[];
}

const toolkit = await wabt();

/** The functions of a module by name, as folded expressions; what has no name is numbered. */
export const functionsOf = (bytes: Uint8Array): Map<string, Expression> => {
  const module = toolkit.readWasm(bytes, { readDebugNames: true, tail_call: true });
  try {
    module.generateNames();
    module.applyNames();
    const root = parse(module.toText({ foldExprs: true }));
    // Temporaries are numbered anew in each function, so that a new local does not change all of the text.
    const functions = root.children.filter(({ head }) => head.startsWith('func '));
    return new Map(functions.map((f) => [/\$(\S+)/.exec(f.head)![1]!, renumbered(f)]));
  } finally {
    module.destroy();
  }
};

/** One expression, in brackets. */
const parse = (text: string): Expression => {
  const open: { head: string; children: Expression[] }[] = [{ head: '', children: [] }];
  // Alignment is always 1, and all imports are from env: neither says anything.
  const plain = text.replaceAll(' align=1', '').replaceAll('$env.', '$');
  for (const [token] of plain.matchAll(/"[^"]*"|\(;.*?;\)|;;.*|[()]|[^\s()]+/g)) {
    const top = open[open.length - 1]!;
    if (token === '(') {
      const made = { head: '', children: [] };
      top.children.push(made);
      open.push(made);
    } else if (token === ')') open.pop();
    else if (!token.startsWith('(;') && !token.startsWith(';;')) top.head += top.head ? ` ${token}` : token;
  }
  return open[0]!.children[0]!;
};

const renumbered = (code: Expression): Expression => {
  const names = new Map<string, string>();
  const rename = (e: Expression): Expression => ({
    head: isDeclaration(e)
      ? e.head
      : e.head.replace(/\$l\d+$/, (old) => {
          if (!names.has(old)) names.set(old, `$t${names.size + 1}`);
          return names.get(old)!;
        }),
    children: e.children.map(rename),
  });
  return rename(code);
};

/** What stands in brackets and is no instruction. */
const DECLARATIONS = new Set(['func', 'type', 'param', 'result', 'local', 'then', 'else']);
const keyword = ({ head }: Expression): string => head.split(' ', 1)[0]!;

/** One instruction for the expression itself, and those in it. */
const countInstructions = (e: Expression): number =>
  ownInstructions(e) + e.children.reduce((sum, child) => sum + countInstructions(child), 0);
const ownInstructions = (e: Expression): number => (DECLARATIONS.has(keyword(e)) ? 0 : 1);
export const isDeclaration = (e: Expression): boolean => DECLARATIONS.has(keyword(e));

const flat = (e: Expression): string => `(${[e.head, ...e.children.map(flat)].join(' ')})`;

/** A line of text and the instructions that it holds. */
export interface TextLine {
  text: string;
  readonly instructions: number;
}

/** Columns that a line may have. */
const WIDTH = 110;

/**
 * Lays expressions out in lines. `apart` sees each expression first, and may keep it out of the text.
 * @param emit gets each line; the last one's brackets may still be added to it
 */
export const layOut = (
  expressions: readonly Expression[],
  apart: (e: Expression) => boolean,
  isApart: (e: Expression) => boolean,
  emit: (line: TextLine) => void,
): void => {
  let last: TextLine = { text: '', instructions: 0 };
  const line = (text: string, instructions: number) => {
    last = { text, instructions };
    emit(last);
  };
  const put = (e: Expression, indent: string): void => {
    if (apart(e)) return;
    const text = indent + flat(e);
    if (text.length <= WIDTH && !holds(e, isApart)) {
      line(text, countInstructions(e));
      return;
    }
    line(`${indent}(${e.head}`, ownInstructions(e));
    for (const child of e.children) put(child, `${indent}  `);
    last.text += ')';
  };
  for (const e of expressions) put(e, '');
};

const holds = (e: Expression, wanted: (e: Expression) => boolean): boolean =>
  e.children.some((child) => wanted(child) || holds(child, wanted));

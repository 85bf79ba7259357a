/**
 * Every line of the opcode table is executed in both bindings: by the interpreters, and in a translated region or,
 * where the runtime executes it, between two regions. Both must give the same state.
 */
import { beforeAll, expect, test } from 'vitest';
import type { Line } from '../../translator/isa/line.ts';
import { TABLE } from '../../translator/isa/table.ts';
import { programsOf } from './setting.ts';
import { Subject } from './subject.ts';

let interpreter: Subject;
let regions: Subject;
beforeAll(async () => {
  interpreter = await Subject.create({ jit: false });
  // Each program sees memory for the first time: patient regions do not leave for that.
  regions = await Subject.create({ threshold: 0, regionLimit: 1, patience: 0 });
});

type Binding = 'open' | 'closed';

/** The bindings that execute a line, over all its programs. A program that raises something else covers nothing. */
const bindingsOf = (line: Line): Set<Binding> => {
  const bindings = new Set<Binding>();
  for (const program of programsOf(line)) {
    // The complete interpreter, the hot one where it has the line, and regions.
    const complete = interpreter.execute(program, false);
    const open = interpreter.execute(program, true);
    const closed = regions.execute(program, true);
    expect(open.seen, program.name).toBe(complete.seen);
    expect(closed.seen, program.name).toBe(complete.seen);
    if (open.vector === program.raises) bindings.add('open');
    if (closed.vector === program.raises && (closed.translated || !line.inline)) bindings.add('closed');
  }
  return bindings;
};

/** Room for a busy machine, ms. */
const PATIENCE = 300_000;

test(
  'every line of the opcode table is executed in both bindings, with the same result',
  () => {
    const uncovered = TABLE.flatMap((line) => {
      const bindings = bindingsOf(line);
      const missing = (['open', 'closed'] as const).filter((binding) => !bindings.has(binding));
      return missing.map(
        (binding) => `${line.mnemonic} ${line.operands.join(',')} (${line.opcode.toString(16)}): ${binding}`,
      );
    });
    console.log(`${TABLE.length} lines; not executed: ${uncovered.join('; ') || 'none'}`);
    expect(uncovered).toEqual([]);
  },
  PATIENCE,
);

/** Each processor of --cpu has the lines of the groups that it announces, and raises #UD for all others, in every engine. */
import { expect, test } from 'vitest';
import { CPU_MODELS, type CpuModel } from '../../runtime/control/models.ts';
import { type Line, levelBit } from '../../translator/isa/line.ts';
import { TABLE } from '../../translator/isa/table.ts';
import { programsOf } from './setting.ts';
import { Subject } from './subject.ts';

const UD = 6;
/** Room for a busy machine, ms. */
const PATIENCE = 300_000;

const has = ({ levels }: CpuModel, { cpu }: Line): boolean => (levels & levelBit(cpu)) !== 0;
const named = ({ mnemonic, operands, opcode }: Line): string =>
  `${mnemonic} ${operands.join(',')} (${opcode.toString(16)})`;
const raisesUd = ({ mnemonic }: Line): boolean => mnemonic === 'ud1' || mnemonic === 'ud2';

test.each(Object.entries(CPU_MODELS))(
  '%s',
  async (_, model) => {
    const interpreter = await Subject.create({ jit: false }, model);
    const regions = await Subject.create({ threshold: 0, regionLimit: 1 }, model);
    const missing: string[] = [];
    const there: string[] = [];
    for (const line of TABLE.filter((each) => !raisesUd(each))) {
      for (const program of programsOf(line)) {
        const cold = interpreter.execute(program, false).vector;
        if (has(model, line)) {
          if (cold === UD) missing.push(named(line));
          continue;
        }
        const hot = interpreter.execute(program, true).vector;
        const translated = regions.execute(program, true).vector;
        if ([cold, hot, translated].some((vector) => vector !== UD)) there.push(named(line));
      }
    }
    expect({ missing, there }).toEqual({ missing: [], there: [] });
  },
  PATIENCE,
);

/** The hypervisor's calls, each beside the processor's own instructions, as the embedded guest times them. */
import { vmi86Boot } from '../peers/vmi86.ts';
import type { Section } from '../report/report.ts';
import { median } from '../report/statistics.ts';
import { figureOrNone } from '../report/text.ts';
import { Session } from '../session/session.ts';
import type { PartContext } from '../suite.ts';

/** A line of the guest's command: name, nanoseconds patched, nanoseconds unpatched. */
const LINE = /^(\w+) (\d+\.\d+|-) (\d+\.\d+|-)\r?$/gm;

export interface CallCost {
  name: string;
  /** Nanoseconds; undefined where that form does not exist. */
  patched?: number | undefined;
  unpatched?: number | undefined;
}

/** The costs in the output of the guest's `vmi bench`. */
export function parseCosts(output: string): CallCost[] {
  const value = (text: string) => (text === '-' ? undefined : Number(text));
  return [...output.matchAll(LINE)].map(([, name, patched, unpatched]) => ({
    name,
    patched: value(patched),
    unpatched: value(unpatched),
  }));
}

async function once({ limits, memory }: PartContext): Promise<CallCost[]> {
  const options = ['--vmi', 'on', '--memory', String(memory), '--append', '-- vmi bench'];
  const session = new Session(vmi86Boot(...options), limits);
  try {
    return parseCosts(await session.ended());
  } finally {
    session.close();
  }
}

/** Medians of the rounds. Throws an Error when the guest does not print any. */
export async function measureCalls(context: PartContext): Promise<Section> {
  const rounds: CallCost[][] = [];
  for (let n = 0; n < context.rounds; n++) rounds.push(await once(context));
  const names = rounds[0].map(({ name }) => name);
  if (names.length === 0) throw new Error('the embedded guest did not print any costs');
  const middle = (name: string, form: 'patched' | 'unpatched') => {
    const values = rounds.flatMap((costs) => costs.find((cost) => cost.name === name)?.[form] ?? []);
    return values.length > 0 ? median(values) : undefined;
  };
  const costs = names.map((name) => [middle(name, 'patched'), middle(name, 'unpatched')] as const);
  return {
    title: 'VMI calls of the embedded guest, ns: at a patched site, and the instructions that were there',
    head: ['call', 'patched', 'unpatched', 'ratio'],
    rows: names.map((name, n) => {
      const [patched, unpatched] = costs[n];
      return [
        name,
        figureOrNone(patched),
        figureOrNone(unpatched),
        figureOrNone(patched && unpatched && patched / unpatched),
      ];
    }),
    chart: {
      categories: names,
      series: [
        { name: 'patched', values: costs.map(([patched]) => patched) },
        { name: 'unpatched', values: costs.map(([, unpatched]) => unpatched) },
      ],
      unit: 'ns',
      logarithmic: true,
    },
  };
}

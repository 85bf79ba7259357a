/** `vmi86 bench macro`: whole workloads with and without the hypervisor. */
import { compared, configurations } from '../configurations.ts';
import type { BenchOptions } from '../options.ts';
import { GROUP_TITLES, PROGRAMS, type Program } from '../programs/table.ts';
import { footprint, groupRows, programRows, remarks } from '../report/comparison.ts';
import { overheadSection } from '../report/overhead.ts';
import type { Report, Section } from '../report/report.ts';
import { savingsSection } from '../report/savings.ts';
import { figure, figureOrNone, NONE } from '../report/text.ts';
import type { Record } from '../session/record.ts';
import { exactly } from '../session/turns.ts';
import type { Suite } from '../suite.ts';

/** CPU seconds of boot, programs and groups; ratios to the configuration without the hypervisor. */
function workloads(programs: readonly Program[], records: readonly Record[], native: string): Section {
  const names = records.map(({ name }) => name);
  const others = names.filter((name) => name !== native);
  const rows = programRows(programs, records, native);
  const boots = records.map((record) => footprint(record)?.bootCpuSeconds);
  const base = boots[names.indexOf(native)];
  const bootRow = [
    'boot',
    ...boots.map(figureOrNone),
    ...others.map((name) => {
      const mine = boots[names.indexOf(name)];
      return figureOrNone(mine && base && mine / base);
    }),
  ];
  const programLines = rows.map(({ name, cells }) => [
    name,
    ...names.map((subject) => {
      const cell = cells[subject];
      return typeof cell === 'string' ? NONE : figure(cell.seconds);
    }),
    ...others.map((subject) => {
      const cell = cells[subject];
      return typeof cell === 'string' ? NONE : figureOrNone(cell.ratio);
    }),
  ]);
  const groups = groupRows(rows, names);
  const groupLines = groups.map(({ group, ratios }) => [
    `${GROUP_TITLES[group]}, mean`,
    ...names.map(() => ''),
    ...others.map((name) => figureOrNone(ratios[name])),
  ]);
  return {
    title: `Workloads, CPU seconds; ratios to ${native}`,
    head: ['', ...names, ...others.map((name) => `${name}, ratio`)],
    rows: [bootRow, ...programLines, ...groupLines],
    chart: {
      categories: groups.map(({ group }) => GROUP_TITLES[group]),
      series: others.map((name) => ({ name, values: groups.map(({ ratios }) => ratios[name]) })),
      unit: `to ${native}`,
    },
  };
}

export const macroSuite: Suite = {
  programs: PROGRAMS.filter(({ group }) => group !== 'system'),
  parts: [],
  warmUp: 0,
  counted: exactly(1),
  together: false,
  idleSeconds: 0,
  embedded: true,
  subjects: configurations,
  report: (options: BenchOptions, programs, records): Report => ({
    title: 'vmi86: workloads',
    sections: [
      workloads(programs, records, compared(options).native),
      overheadSection('macro', programs, records, compared(options)),
      ...savingsSection(records),
    ],
    remarks: remarks(programRows(programs, records, compared(options).native), records),
  }),
};

/** `vmi86 bench micro`: single operations with and without the hypervisor, its calls, and what translating costs. */
import { compared, configurations } from '../configurations.ts';
import type { BenchOptions } from '../options.ts';
import { PROGRAMS } from '../programs/table.ts';
import { programRows, remarks } from '../report/comparison.ts';
import { firstRunsSection, overheadSection } from '../report/overhead.ts';
import { savingsSection } from '../report/savings.ts';
import type { Suite } from '../suite.ts';
import { measureCalls } from './calls.ts';
import { measureTranslator } from './translator.ts';

export const microSuite: Suite = {
  programs: PROGRAMS.filter(({ group }) => group === 'system'),
  parts: [
    { name: 'calls', run: measureCalls },
    { name: 'translator', run: measureTranslator },
  ],
  idleSeconds: 0,
  warmUp: 20,
  counted: { least: 5, most: 40, seconds: 1 },
  together: true,
  embedded: true,
  subjects: configurations,
  report: (options: BenchOptions, programs, records) => ({
    title: 'vmi86: operations',
    sections:
      programs.length > 0
        ? [
            overheadSection('micro', programs, records, compared(options)),
            ...firstRunsSection(programs, records, compared(options)),
            ...savingsSection(records),
          ]
        : [],
    remarks: remarks(programRows(programs, records, compared(options).native), records),
  }),
};

/** GDB's `monitor` commands: what the protocol itself has no words for. */
import type { Processor } from '../../runtime/processor.ts';
import {
  GPR_NAMES,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  SEGMENT_NAMES,
  STATE,
  segment,
} from '../../translator/layout.ts';
import type { Stats } from '../machine/api.ts';

export interface Monitored {
  readonly cpu: Processor;
  stats(): Stats;
}

interface MonitorCommand {
  readonly help: string;
  run(target: Monitored): string;
}

const PER_LINE = 4;
const hex = (value: number, digits = 8): string => (value >>> 0).toString(16).padStart(digits, '0');

const rows = (values: readonly (readonly [string, number])[]): string[] => {
  const cells = values.map(([name, value]) => `${name.padStart(6)}=${hex(value)}`);
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += PER_LINE) lines.push(cells.slice(i, i + PER_LINE).join(' '));
  return lines;
};

const segmentRow = (cpu: Processor, name: string, index: number): string => {
  const field = (offset: number) => cpu.state.get(segment(index) + offset);
  const [selector, base, limit] = [hex(field(SEG_SELECTOR), 4), hex(field(SEG_BASE)), hex(field(SEG_LIMIT))];
  return `${name.padStart(6)}=${selector} base=${base} limit=${limit} access=${hex(field(SEG_ACCESS), 4)}`;
};

const tableRow = (cpu: Processor, name: string, base: number, limit: number): string =>
  `${name.padStart(6)} base=${hex(cpu.state.get(base))} limit=${hex(cpu.state.get(limit), 4)}`;

const registers = ({ cpu }: Monitored): string => {
  const { state } = cpu;
  const word = (name: 'eip' | 'cr0' | 'cr2' | 'cr3' | 'cr4' | 'efer' | 'cpl') =>
    [name, state.get(STATE[name])] as const;
  return [
    ...rows([...GPR_NAMES.map((name, n) => [name, state.gpr(n)] as const), word('eip'), ['eflags', cpu.readEflags()]]),
    ...SEGMENT_NAMES.map((name, index) => segmentRow(cpu, name, index)),
    tableRow(cpu, 'gdt', STATE.gdtBase, STATE.gdtLimit),
    tableRow(cpu, 'idt', STATE.idtBase, STATE.idtLimit),
    ...rows([word('cr0'), word('cr2'), word('cr3'), word('cr4'), word('efer'), word('cpl')]),
    ...rows([0, 1, 2, 3, 6, 7].map((n) => [`dr${n}`, state.get(STATE.dr + n * 4)] as const)),
  ].join('\n');
};

const stats = (target: Monitored): string => JSON.stringify(target.stats(), null, 2);

const COMMANDS: Readonly<Record<string, MonitorCommand>> = {
  'info registers': { help: 'all registers, segments with base, limit and access rights', run: registers },
  stats: { help: 'the counters of --stats up to now', run: stats },
  help: { help: 'this list', run: () => help() },
};

const help = (): string =>
  Object.entries(COMMANDS)
    .map(([name, { help: text }]) => `${name.padEnd(16)}${text}`)
    .join('\n');

/** Runs the command a user typed behind `monitor`; what it prints ends with a line end. */
export const monitor = (target: Monitored, line: string): string => {
  const command = COMMANDS[line.trim().replace(/\s+/g, ' ')];
  return `${command ? command.run(target) : `no such command; these are:\n${help()}`}\n`;
};

/** What two boots of one kernel, with the ROM shown and hidden, must have in common, and what not. */
import type { Session } from './session.ts';

export interface Check {
  /** What was looked at, with what was found. */
  text: string;
  passed: boolean;
}

const CLOCK_SOURCE = 'cat /sys/devices/system/clocksource/clocksource0/current_clocksource';
const INTERRUPTS = 'cat /proc/interrupts';

/** What the shell is asked in each boot; the workload comes first, so that interrupts have been counted. */
export const commandsFor = (workload: string): string[] => [workload, CLOCK_SOURCE, INTERRUPTS];

const lineWith = (text: string, pattern: RegExp): string | undefined =>
  text
    .split('\n')
    .find((line) => pattern.test(line))
    ?.trim();

const found = (what: string, line: string | undefined): Check => ({
  text: `${what}: ${line ?? 'not found'}`,
  passed: line !== undefined,
});

/** The first line in which two texts differ. */
function difference(a: string, b: string): string {
  const [left, right] = [a.split('\n'), b.split('\n')];
  const at = left.findIndex((line, i) => line !== right[i]);
  const show = (lines: string[]) => JSON.stringify(lines[at < 0 ? lines.length - 1 : at] ?? '');
  return `line ${at + 1}: ${show(left)} with the ROM, ${show(right)} without`;
}

function same(what: string, shown: string, hidden: string, summary: string): Check {
  return shown === hidden
    ? { text: `${what}: ${summary}`, passed: true }
    : { text: `${what}: ${difference(shown, hidden)}`, passed: false };
}

/** Sites that were only ever interpreted are bound when they are translated; `--jit-threshold 0` translates all. */
function bound({ stats }: Session): Check {
  const { inlinedSites = 0, importedSites = 0, unbound = [] } = stats.vmi ?? {};
  const loose = unbound.filter((site) => site.translated);
  const names = [...new Set(loose.map((site) => site.call))].join(', ');
  const interpreted = unbound.length - loose.length;
  return {
    text:
      `call sites: ${inlinedSites} inlined, ${importedSites} direct calls, ${interpreted} only interpreted, ` +
      `${loose.length} translated but not bound${names && `: ${names}`}`,
    passed: loose.length === 0 && inlinedSites + importedSites > 0,
  };
}

export function compare(shown: Session, hidden: Session, workload: string): Check[] {
  const [ours, bare] = [shown.answers, hidden.answers];
  const timer = lineWith(ours[INTERRUPTS]!, /^\s*0:\s+[1-9]\d*\s.*vmi-timer/);
  const output = ours[workload]!;
  return [
    found('ROM', lineWith(shown.console, /VMI: Found .*API version 3\.0/)),
    found('paravirtualized', lineWith(shown.console, /Booting paravirtualized kernel on vmi\b/)),
    found('clock event', lineWith(shown.console, /vmi: registering clock event vmi-timer/)),
    found('clock source in use', lineWith(ours[CLOCK_SOURCE]!, /^vmi-timer/)),
    found('timer interrupts', timer),
    found('without ROM', lineWith(hidden.console, /Booting paravirtualized kernel on bare hardware/)),
    found('no VMI clock without ROM', lineWith(bare[CLOCK_SOURCE]!, /^(?!vmi-timer)[a-z]/)),
    bound(shown),
    found('workload', lineWith(output, /^workload done$/)),
    found('its status', lineWith(output, /^status 0$/)),
    same('same output', output, bare[workload]!, `${output.trim().split('\n').length} lines`),
    same('same disk', shown.disk, hidden.disk, shown.disk),
  ];
}

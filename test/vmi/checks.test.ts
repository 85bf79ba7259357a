import { expect, test } from 'vitest';
import { commandsFor, compare } from './checks.ts';
import type { Session } from './session.ts';

const WORKLOAD = 'workload /dev/hda';
const [, CLOCK_SOURCE, INTERRUPTS] = commandsFor(WORKLOAD);

function session(vmi: boolean, changes: Partial<Session> = {}): Session {
  const clock = vmi ? 'vmi-timer' : 'tsc';
  return {
    console: vmi
      ? 'VMI: Found vmi86 VMI hypervisor, API version 3.0, ROM version 1.0\n' +
        'Booting paravirtualized kernel on vmi\nvmi: registering clock event vmi-timer. mult=1 shift=22\n'
      : 'Booting paravirtualized kernel on bare hardware\n',
    answers: {
      [WORKLOAD]: 'fork 1\nworkload done\nstatus 0\n',
      [CLOCK_SOURCE!]: `${clock} \nstatus 0\n`,
      [INTERRUPTS!]: `  0:        155  VMI-LOCAL-lvtt      ${vmi ? 'vmi-timer' : 'timer'}\nstatus 0\n`,
    },
    disk: 'd',
    stats: { vmi: { inlinedSites: 2, importedSites: 1, unbound: [] } } as unknown as Session['stats'],
    ...changes,
  };
}

const failures = (shown: Session, hidden: Session) =>
  compare(shown, hidden, WORKLOAD)
    .filter(({ passed }) => !passed)
    .map(({ text }) => text);

test('two good boots pass', () => {
  expect(failures(session(true), session(false))).toEqual([]);
});

test('a kernel that did not find the ROM fails all that VMI gives', () => {
  const nothing = session(false, { stats: {} as Session['stats'] });
  expect(failures(nothing, session(false))).toHaveLength(6);
});

test('the first line that differs is named, and another disk', () => {
  const { answers } = session(false);
  const hidden = session(false, {
    answers: { ...answers, [WORKLOAD]: 'fork 2\nworkload done\nstatus 0\n' },
    disk: 'e',
  });
  expect(failures(session(true), hidden)).toEqual([
    'same output: line 1: "fork 1" with the ROM, "fork 2" without',
    'same disk: line 1: "d" with the ROM, "e" without',
  ]);
});

test('a call site that was translated without being bound fails', () => {
  const unbound = [{ returnAddress: 1, call: 'SetCR3', translated: true }];
  const shown = session(true, { stats: { vmi: { inlinedSites: 2, importedSites: 1, unbound } } as never });
  expect(failures(shown, session(false))).toEqual([
    'call sites: 2 inlined, 1 direct calls, 0 only interpreted, 1 translated but not bound: SetCR3',
  ]);
});

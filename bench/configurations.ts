/** vmi86 with and without a hypervisor to show, and with a kernel that knows of none. */
import { join } from 'node:path';
import type { BenchOptions } from './options.ts';
import { vmi86With } from './peers/vmi86.ts';
import type { Compared } from './report/overhead.ts';
import type { Subject } from './session/rounds.ts';
import type { Context } from './suite.ts';

const VMI = 'VMI';
const NO_VMI = 'no VMI';
const BASELINE = 'baseline';

const MODES: Readonly<Record<BenchOptions['vmi'], readonly string[]>> = {
  on: [VMI],
  off: [NO_VMI],
  both: [VMI, NO_VMI],
};

export function configurations({ vmi, baseline }: BenchOptions, context: Context): Subject[] {
  const subject = (name: string, mode: 'on' | 'off', kernel?: string): Subject => ({
    name,
    async prepare() {
      const guest = await context.guest(kernel);
      const counters = join(context.programs, '..', `counters-${process.pid}-${name.replace(' ', '-')}.json`);
      const command = await vmi86With(name, ['--vmi', mode, '--stats', counters]).command(guest);
      return { command, guest, counters };
    },
  });
  const modes = MODES[vmi].map((name) => subject(name, name === VMI ? 'on' : 'off'));
  return baseline === undefined ? modes : [...modes, subject(BASELINE, 'off', baseline)];
}

/** The ratio column is to the kernel without VMI support if there is one. */
export const compared = ({ vmi, baseline }: BenchOptions): Compared => ({
  vmi: vmi === 'off' && baseline !== undefined ? NO_VMI : VMI,
  native: baseline === undefined ? NO_VMI : BASELINE,
});

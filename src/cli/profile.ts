import { Command, Option } from 'commander';
import type { Machine } from '../machine/api.ts';
import type { Profile } from '../profile/profile.ts';
import { given, machineOptions, withBootOptions } from './boot.ts';
import type { BootOptions } from './boot-options.ts';
import { bootSession, writeText } from './boot-session.ts';
import type { Host } from './host.ts';
import { parseCount, parseText } from './option-values.ts';

const EXAMPLES = `
Kernels name their own functions (kallsyms); programs in the initrd are known by their ELF files. docs/profiling.md says
what is measured and how.

Examples:
  vmi86 profile --kernel vmlinuz --initrd initrd.gz --append "console=ttyS0" --exit-on "login:"
      where the time of a boot goes
  vmi86 profile --kernel vmlinuz --initrd initrd.gz --html boot.html --speedscope boot.speedscope.json
      the same as a page, and for https://www.speedscope.app
  vmi86 profile --kernel vmlinuz --initrd initrd.gz --exact --collapsed boot.folded
      counts executions and exits too
  vmi86 profile --kernel vmlinuz --symbols vmlinux --symbols bin/benchmark --pprof boot.pb.gz
      with symbols from files
`;

/** Files that a profile can be written to, by option. */
interface Outputs {
  json?: string;
  html?: string;
  speedscope?: string;
  pprof?: string;
  collapsed?: string;
}

interface ProfileCommandOptions extends BootOptions, Outputs {
  exact?: boolean;
  interval?: number;
  top?: number;
  by?: 'instructions' | 'time';
  symbols?: string[];
}

type Writer = (profile: Profile) => Promise<string | Uint8Array>;

/** Who writes which file; loaded when wanted. */
const WRITERS: Readonly<Record<keyof Outputs, Writer>> = {
  json: async (profile) => (await import('../profile/json.ts')).jsonFile(profile),
  html: async (profile) => (await import('../profile/html.ts')).htmlFile(profile),
  speedscope: async (profile) => (await import('../profile/speedscope.ts')).speedscopeFile(profile, 'vmi86'),
  pprof: async (profile) => (await import('../profile/pprof.ts')).pprofFile(profile),
  collapsed: async (profile) => (await import('../profile/stacks.ts')).collapsedStacks(profile),
};

/** @param done gets the exit status */
export function profileCommand(host: Host, done: (status: number) => void): Command {
  return withBootOptions(new Command('profile'))
    .description('boot a kernel and show where guest time goes')
    .option('--exact', 'count executions and exits of translated code too; slower')
    .option('--interval <n>', 'guest instructions between two samples (default: 500000)', parseCount(1))
    .option('--top <n>', 'functions in the table (default: 25)', parseCount(1))
    .addOption(
      new Option('--by <what>', 'what the table is ordered by')
        .choices(['instructions', 'time'])
        .default('instructions'),
    )
    .option('--symbols <file>', 'vmlinux, System.map or ELF program; may be given again', parseSymbols)
    .option('--json <file>', 'write the whole profile', parseText)
    .option('--html <file>', 'write a page: flame graph, and regions with assembly and WebAssembly', parseText)
    .option('--speedscope <file>', 'write a file for speedscope', parseText)
    .option('--pprof <file>', 'write a file for pprof', parseText)
    .option('--collapsed <file>', 'write stacks for flame graph tools, a line each', parseText)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ProfileCommandOptions) => {
      const { exact, interval, symbols } = options;
      const machine = { ...machineOptions(options), profile: given({ exact, interval, symbols }) };
      const wanted = (Object.keys(WRITERS) as (keyof Outputs)[]).filter((format) => options[format] !== undefined);
      // Before the machine is made, so that a bad name is known at once.
      for (const format of wanted) writeText(options[format]!, '');
      done(await bootSession(machine, options, host, (machine) => report(machine, wanted, options, host)));
    });
}

function parseSymbols(text: string, previous: readonly string[] = []): string[] {
  return [...previous, parseText(text)];
}

async function report(
  machine: Machine,
  wanted: readonly (keyof Outputs)[],
  options: ProfileCommandOptions,
  host: Host,
) {
  const profile = machine.profile();
  for (const warning of profile.warnings) host.stderr.write(`vmi86: ${warning}\n`);
  for (const format of wanted) writeText(options[format]!, await WRITERS[format](profile));
  const { profileTable } = await import('../profile/table.ts');
  await new Promise<void>((resolve) => {
    host.stdout.write(`\n${profileTable(profile, { most: options.top, by: options.by })}`, () => resolve());
  });
}

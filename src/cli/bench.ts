import { Command, Option } from 'commander';
import type { BenchOptions, Kind } from '../../bench/options.ts';
import { UserError } from '../errors.ts';
import type { Host } from './host.ts';
import { parseCount, parseFactor, parseNames, parseSeconds, parseSize, parseText } from './option-values.ts';

interface KindHelp {
  readonly description: string;
  /** Lines of help. */
  readonly examples: string;
}

const KINDS: Readonly<Record<Kind, KindHelp>> = {
  micro: {
    description: 'system calls, faults, processes, VMI calls, and what translating costs',
    examples: `
  vmi86 bench micro --kernel vmlinuz --vmi both --html report.html
      what the system calls of a VMI kernel cost with and without the hypervisor`,
  },
  macro: {
    description: 'boot, computing, memory, floating point, a build',
    examples: `
  vmi86 bench macro --guest debian --rounds 5 --json macro.json
      Debian's kernel (from apt), with all samples in a file`,
  },
  peers: {
    description: 'vmi86, QEMU and v86 with the same guest and programs, against the host itself',
    examples: `
  vmi86 bench peers
      compares with what is installed, on Debian's kernel (from apt)
  vmi86 bench peers --only integer --peers vmi86,native --rounds 1
      a part of it
  vmi86 bench peers --guest embedded --peers vmi86,vmi86-profile --only integer
      what it costs to take a profile`,
  },
};

const help = (kinds: readonly KindHelp[]): string => `\nExamples:${kinds.map(({ examples }) => examples).join('')}\n`;

/** @param done gets the exit status */
export function benchCommand(host: Host, done: (status: number) => void): Command {
  const command = new Command('bench');
  command
    .description('measure how fast guests run')
    .argument('[kind]', Object.keys(KINDS).join(', '))
    .addHelpText('after', help(Object.values(KINDS)))
    .action((kind = 'nothing') => {
      throw new UserError(`bench: ${Object.keys(KINDS).join(', ')}; not ${kind}`);
    });
  for (const kind of Object.keys(KINDS) as Kind[]) command.addCommand(kindCommand(kind, host, done));
  return command;
}

function kindCommand(kind: Kind, host: Host, done: (status: number) => void): Command {
  const command = new Command(kind)
    .description(KINDS[kind].description)
    .addHelpText('after', help([KINDS[kind]]))
    .option('--kernel <file>', 'Linux kernel for i386', parseText)
    .option('--initrd <file>', 'its initial RAM disk, to which the programs are added', parseText)
    .option('--append <text>', 'further kernel parameters', parseText)
    .addOption(new Option('--guest <name>', 'what to boot without --kernel').choices(['embedded', 'debian']))
    .option('--only <names>', 'programs, groups of them, other parts; separated by commas', parseNames)
    .option('--rounds <n>', 'how often everything is done', parseCount(1), 3)
    .option('--scale <x>', 'how much work each program does, 1 being 0.1 to 0.3 s of the host', parseFactor, 1)
    .option(
      '--warm-up <n>',
      'most runs of a program before those that count (default: 20 for micro, 1 for peers, 0 for macro)',
      parseCount(0),
    )
    .option(
      '--counted <n>',
      'runs of a program that count in each boot (default: for a second in micro, else 1)',
      parseCount(1),
    )
    .option('--memory <size>', 'guest memory with suffix K, M or G (default: 256M)', parseSize, 256 << 20)
    .option('--timeout <seconds>', 'the longest that one step may take', parseSeconds, 300)
    .option('--json <file>', 'write all samples', parseText)
    .option('--html <file>', 'write a report with charts', parseText)
    .allowExcessArguments(false);
  if (kind === 'peers') command.option('--peers <names>', 'who takes part, separated by commas', parseNames);
  else
    command
      .addOption(
        new Option('--vmi <mode>', 'show the guest a hypervisor').choices(['on', 'off', 'both']).default('both'),
      )
      .option('--baseline <file>', 'a kernel without VMI support, to compare with', parseText);
  return command.action(async (options: BenchOptions) => {
    const { bench } = await import('../../bench/suite.ts');
    done(await bench(kind, options, host));
  });
}

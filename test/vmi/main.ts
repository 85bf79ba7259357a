/**
 * Boots a Linux kernel of 2.6.21 to 2.6.36 with the VMI ROM shown and hidden, runs the same workload in both, and says
 * what it checked. Kernels come from outside: `npm run test:vmi -- --kernel bzImage --initrd FILE`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../../src/errors.ts';
import { readInput } from '../../src/machine/input-files.ts';
import { type Check, commandsFor, compare } from './checks.ts';
import { workloadInitrd } from './initrd.ts';
import { type GuestOptions, session } from './session.ts';

const MOST_FILE_BYTES = 1 << 30;
const DISKS = { ide: '/dev/hda', virtio: '/dev/vda' };

interface Options {
  kernel: string;
  initrd?: string;
  append: string;
  disk: keyof typeof DISKS;
  workload?: string;
  prompt: string;
  hostClock?: boolean;
  timeout: number;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('A number of seconds.');
  return value;
}

const program = new Command('test:vmi')
  .description('checks VMI with a real kernel')
  .requiredOption('--kernel <file>', 'bzImage or ELF vmlinux with CONFIG_VMI and a serial console')
  .option('--initrd <file>', 'initial RAM disk with a shell; default: the one made of test/vmi/programs')
  .option('--append <text>', 'further kernel parameters', '')
  .addOption(new Option('--disk <interface>', 'where the disk is').choices(Object.keys(DISKS)).default('ide'))
  .option('--workload <command>', 'what the shell runs; default: workload DISK')
  .option('--prompt <text>', "the shell's prompt", '# ')
  .option('--host-clock', 'guest time follows the host; by default it counts instructions, so that runs repeat')
  .option('--timeout <seconds>', 'the longest boot or command', seconds, 600)
  .argument('[options...]', 'further options of vmi86 boot, behind --')
  .action(async (engine: string[], options: Options) => {
    process.exitCode = await check(options, engine);
  });

/** The exit status. */
async function check(options: Options, engine: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'vmi86-initrd-'));
  try {
    readInput(options.kernel, MOST_FILE_BYTES);
    const initrd = options.initrd ?? join(folder, 'initrd');
    if (options.initrd === undefined) writeFileSync(initrd, await workloadInitrd());
    readInput(initrd, MOST_FILE_BYTES);
    const guest: GuestOptions = {
      kernel: options.kernel,
      initrd,
      append: options.append,
      prompt: options.prompt,
      diskInterface: options.disk,
      engine: [...(options.hostClock ? [] : ['--icount']), ...engine],
      timeoutMs: options.timeout * 1000,
    };
    return report(await compareBoots(guest, options.workload ?? `workload ${DISKS[options.disk]}`));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`test:vmi: ${error.message}`);
    return 2;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compareBoots(guest: GuestOptions, workload: string): Promise<Check[]> {
  const commands = commandsFor(workload);
  const shown = await session(guest, 'on', commands);
  console.log(/^.*Linux version.*$/m.exec(shown.console)?.[0] ?? guest.kernel);
  console.log(shown.answers[workload]!.trimEnd());
  const hidden = await session(guest, 'off', commands);
  return compare(shown, hidden, workload);
}

function report(checks: readonly Check[]): number {
  for (const { text, passed } of checks) console.log(`${passed ? 'ok  ' : 'FAIL'} ${text}`);
  const failed = checks.filter((check) => !check.passed).length;
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

await program.parseAsync();

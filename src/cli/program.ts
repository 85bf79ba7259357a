import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { UserError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { benchCommand } from './bench.ts';
import { bootCommand } from './boot.ts';
import { disasmCommand } from './disasm.ts';
import type { Host } from './host.ts';
import { processHost, STATUS } from './host.ts';
import { profileCommand } from './profile.ts';
import { romCommand } from './rom.ts';

/**
 * Runs one command line.
 * @param args without the program's own name
 * @returns the exit status
 */
export async function runCommandLine(args: readonly string[], host: Host = processHost()): Promise<number> {
  let status: number = STATUS.success;
  const program = createProgram(host, (result) => {
    status = result;
  });
  try {
    if (args.length === 0) throw new UserError("no command given; 'vmi86 --help' lists them");
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    return report(error, host);
  }
}

const EXAMPLES = `
Examples:
  vmi86 boot --kernel vmlinuz --initrd initrd.gz --append "console=ttyS0"
      boots a Linux kernel with its console in this terminal
  vmi86 profile --kernel vmlinuz --initrd initrd.gz --append "console=ttyS0" --html boot.html
      the same, and shows where its time went
  vmi86 disasm vmlinux --range schedule --wasm
      a function, and the WebAssembly made of it
  vmi86 bench peers
      compares speed with other emulators
`;

function createProgram(host: Host, done: (status: number) => void): Command {
  const program = new Command('vmi86')
    .description('Boots i386 kernels; hot guest code becomes WebAssembly.')
    .version(packageVersion())
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      // The catch below reports it, in one line.
      outputError: () => {},
    });
  for (const command of [bootCommand, profileCommand, disasmCommand, benchCommand, romCommand])
    program.addCommand(inherit(command(host, done), program));
  return program;
}

/** Commands below `command` inherit too. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const one of command.commands) inherit(one as Command, command);
  return command;
}

function report(error: unknown, { stderr }: Host): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return STATUS.success;
    stderr.write(`vmi86: ${oneLine(error.message.replace(/^error: /, ''))}\n`);
    return STATUS.usage;
  }
  if (error instanceof UserError) {
    stderr.write(`vmi86: ${oneLine(error.message)}\n`);
    return STATUS.usage;
  }
  stderr.write(`vmi86: internal error: ${error instanceof Error ? error.stack : error}\n`);
  return STATUS.internalError;
}

/** Commander adds its suggestions in lines of their own, and a file name may hold anything. */
function oneLine(text: string): string {
  return text.trim().replace(/[\r\n]+/g, ' ');
}

function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version;
}

import { Command, Option } from 'commander';
import { CPU_MODELS, DEFAULT_CPU } from '../../runtime/control/models.ts';
import { UserError } from '../errors.ts';
import type { MachineOptions } from '../machine/api.ts';
import { TRACE_SUBJECTS } from '../trace/subjects.ts';
import type { BootOptions } from './boot-options.ts';
import { bootSession } from './boot-session.ts';
import type { Host } from './host.ts';
import {
  parseCount,
  parseDisk,
  parsePort,
  parseRange,
  parseSeconds,
  parseSize,
  parseSubjects,
  parseText,
  parseVmi,
} from './option-values.ts';

const EXAMPLES = `
Keys, when standard input is the console:
  Ctrl-A X quits, Ctrl-A I shows what the guest does, Ctrl-A H shows help, Ctrl-A Ctrl-A sends Ctrl-A.

Exit status:
  0  the guest powered off, or the text of --exit-on appeared
  2  bad usage or input
  3  the guest crashed
  4  the time of --timeout ran out

Examples:
  vmi86 boot
      boots the embedded guest
  vmi86 boot --kernel vmlinuz --initrd initrd.gz --append "console=ttyS0"
      boots a Linux kernel with its console in this terminal
  vmi86 boot --kernel vmlinuz --disk root.img --append "console=ttyS0 root=/dev/vda"
      boots from a raw disk image
  vmi86 boot --kernel vmlinuz --initrd initrd.gz --append "console=hvc0" --console virtio --serial boot.log
      boots with a virtio console in this terminal
  vmi86 boot --serial boot.log --exit-on "login:" --timeout 120 --stats boot.json
      runs unattended and writes counters
  vmi86 boot --kernel vmlinuz --serial boot.log --monitor
      shows speed, tiers and idle time in the terminal
  vmi86 boot --kernel vmlinuz --trace exceptions,io --trace-file boot.trace
      writes down each exception and each access to a device
  vmi86 boot --trace exec --trace-range c0100000-c0100fff --trace-file kernel.trace
      writes down each instruction of one page
  vmi86 boot --kernel vmlinuz --append "console=ttyS0 nokaslr" --gdb 1234 --wait
      stops before the first instruction; in gdb: target remote localhost:1234
`;

/** @param done gets the exit status */
export function bootCommand(host: Host, done: (status: number) => void): Command {
  return withBootOptions(new Command('boot'))
    .description('boot a kernel, without --kernel the embedded guest')
    .addHelpText('after', EXAMPLES)
    .action(async (options: BootOptions) => done(await bootSession(machineOptions(options), options, host)));
}

/** What a machine is made of and how it runs: the same for all commands that boot one. */
export function withBootOptions(command: Command): Command {
  return command
    .option('--kernel <file>', 'bzImage, ELF vmlinux or Multiboot kernel for i386')
    .option('--initrd <file>', 'initial RAM disk; first module of a Multiboot kernel')
    .option('--append <text>', 'kernel command line')
    .option(
      '--memory <size>',
      'guest memory with suffix K, M or G; a plain number counts MiB (default: 256M)',
      parseSize,
    )
    .addOption(
      new Option('--cpu <model>', `processor, and what it announces (default: ${DEFAULT_CPU})`).choices(
        Object.keys(CPU_MODELS),
      ),
    )
    .option('--disk <file[,readonly][,if=ide]>', 'raw disk image, on virtio or IDE; may be given again', parseDisk)
    .addOption(
      new Option('--console <device>', 'what the console is: the serial port or a virtio console')
        .choices(['serial', 'virtio'])
        .default('serial'),
    )
    .option(
      '--serial <where>',
      'the serial port: stdio, none or a file (default: stdio if it is the console)',
      parseText,
    )
    .option('--timeout <seconds>', 'end the run after this time', parseSeconds)
    .option('--exit-on <text>', 'end the run when the console shows this text', parseText)
    .option('--vmi <on|off|file>', 'show kernels a VMI hypervisor, none, or this VMI ROM image (default: on)', parseVmi)
    .option('--icount', 'guest time counts instructions, so that runs repeat exactly')
    .option('--no-jit', 'interpret everything')
    .option('--jit-threshold <n>', 'executions before code is translated', parseCount(0))
    .option('--region-limit <n>', 'guest instructions in one translated region', parseCount(1))
    .option('--stats <file.json>', 'write counters at the end', parseText)
    .option('--monitor', 'show speed, tiers and idle time on standard error every second')
    .option('--trace <subjects>', `write down events: ${Object.keys(TRACE_SUBJECTS).join(', ')}`, parseSubjects)
    .option('--trace-range <first-last>', 'only at these hexadecimal addresses; may be given again', parseRange)
    .option('--trace-file <file>', 'where the trace goes (default: standard error)', parseText)
    .option('--gdb <port>', 'let gdb connect to this TCP port of this host; 0 takes a free one', parsePort)
    .option('--wait', 'with --gdb: the guest does not run before a debugger lets it')
    .allowExcessArguments(false);
}

export function machineOptions(options: BootOptions): MachineOptions {
  const { trace, traceRange, traceFile } = options;
  if (!trace && (traceRange || traceFile)) throw new UserError('--trace-range and --trace-file need --trace');
  if (options.console === 'virtio' && options.serial === 'stdio')
    throw new UserError('--serial stdio and --console virtio want the same terminal');
  const { kernel, initrd, append, memory, cpu, icount, jit, jitThreshold, regionLimit, vmi, gdb, wait } = options;
  if (wait && gdb === undefined) throw new UserError('--wait needs --gdb');
  return {
    ...given({ kernel, initrd, append, memory, cpu, icount, vmi }),
    disks: options.disk ?? [],
    ...(options.console === 'virtio' ? { console: 'virtio' as const } : {}),
    ...(trace ? { trace: { subjects: trace, ...given({ ranges: traceRange, file: traceFile }) } } : {}),
    ...(gdb === undefined ? {} : { gdb: { port: gdb, ...given({ wait }) } }),
    engine: { jit, ...given({ threshold: jitThreshold, regionLimit }) },
  };
}

/** The properties that have a value. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

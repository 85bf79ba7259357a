import { Command } from 'commander';
import type { Host } from './host.ts';
import { STATUS } from './host.ts';

const EXAMPLES = `
Examples:
  vmi86 rom
      shows the ROM that vmi86 has for its kernels
  vmi86 rom their.rom
      shows any other, and what is wrong with it
  vmi86 rom --native --out native.rom
      writes one in plain i386 code, for machines that know nothing of VMI:
      qemu-system-i386 -kernel guest.elf -option-rom native.rom
`;

export interface RomOptions {
  native?: boolean;
  out?: string;
}

/** @param done gets the exit status */
export function romCommand(host: Host, done: (status: number) => void): Command {
  return new Command('rom')
    .description('show a VMI ROM: its header, and every call with relocation type and target')
    .argument('[file]', "a ROM image instead of vmi86's own")
    .option('--native', 'the ROM that does the calls in plain i386 code')
    .option('--out <file>', 'write the ROM instead of showing it')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (file: string | undefined, options: RomOptions) => {
      const { showRom } = await import('./rom-text.ts');
      const { text, sound } = await showRom(file, options);
      host.stdout.write(text);
      done(sound ? STATUS.success : STATUS.usage);
    });
}

import { Command, InvalidArgumentError } from 'commander';
import type { Host } from './host.ts';
import { STATUS } from './host.ts';
import { parseCount } from './option-values.ts';

const EXAMPLES = `
Addresses are hexadecimal. A range of an ELF file may also be the name of a function.

Examples:
  vmi86 disasm --hex "01 43 08 49 75 fa"
      disassembles bytes
  vmi86 disasm --hex "01 43 08 49 75 fa" --base 1000 --wasm
      shows the WebAssembly that the translator makes of them
  vmi86 disasm vmlinux --range native_sched_clock --wasm
      one function of an ELF file
  vmi86 disasm boot.bin --16 --base 7c00 --range 7c00-7c40
      part of a raw file of 16-bit code
`;

export interface DisasmOptions {
  hex?: string;
  base?: number;
  range?: string;
  16?: boolean;
  wasm?: boolean;
  user?: boolean;
  regionLimit?: number;
}

/** @param done gets the exit status */
export function disasmCommand(host: Host, done: (status: number) => void): Command {
  return new Command('disasm')
    .description('show guest code as assembly, and what the translator makes of it')
    .argument('[file]', 'an i386 ELF file, or any other as raw bytes')
    .option('--hex <bytes>', 'bytes in hexadecimal instead of a file')
    .option('--base <address>', 'address of the first raw byte (default: 0)', parseAddress)
    .option('--range <start[-end]>', 'only these addresses, or one function of an ELF file')
    .option('--16', '16-bit code')
    .option('--wasm', 'the regions that the translator makes, as WebAssembly text with instruction counts')
    .option('--user', 'translate for CPL 3 instead of CPL 0')
    .option('--region-limit <n>', 'guest instructions in one translated region', parseCount(1))
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (file: string | undefined, options: DisasmOptions) => {
      const [{ readSource }, { disassembly }] = await Promise.all([
        import('./disasm-source.ts'),
        import('./disasm-text.ts'),
      ]);
      for (const line of disassembly(readSource(file, options), options)) await write(host, `${line}\n`);
      done(STATUS.success);
    });
}

function parseAddress(text: string): number {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(text)) throw new InvalidArgumentError('A hexadecimal address of 32 bits.');
  return Number.parseInt(text, 16);
}

function write({ stdout }: Host, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

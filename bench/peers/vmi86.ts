import { fileURLToPath } from 'node:url';
import type { CommandLine } from '../session/session.ts';
import type { Peer } from './peer.ts';

/** As this file: compiled in a package, as it is in the repository. */
const CLI = fileURLToPath(new URL(`../../src/cli/main${import.meta.filename.slice(-3)}`, import.meta.url));

/** `vmi86 boot` with these options. */
export const vmi86Boot = (...options: string[]): CommandLine => [process.execPath, CLI, 'boot', ...options];

/** This project with further options of `vmi86 boot`. */
export function vmi86With(name: string, options: readonly string[]): Peer {
  return {
    name,
    async command({ kernel, initrd, append, memory }) {
      const files = ['--kernel', kernel, '--initrd', initrd, '--append', append];
      return vmi86Boot(...files, '--memory', String(memory), ...options);
    },
  };
}

export const vmi86 = vmi86With('vmi86', []);
/** The interpreter alone. */
export const vmi86Interpreter = vmi86With('vmi86-no-jit', ['--no-jit']);

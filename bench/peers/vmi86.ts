import { fileURLToPath } from 'node:url';
import type { CommandLine } from '../session/session.ts';
import type { Peer } from './peer.ts';

/** As this file: compiled in a package, as it is in the repository. */
const CLI = fileURLToPath(new URL(`../../src/cli/main${import.meta.filename.slice(-3)}`, import.meta.url));

/** `vmi86 boot` with these options. */
const vmi86Command = (...words: string[]): CommandLine => [process.execPath, CLI, ...words];
export const vmi86Boot = (...options: string[]): CommandLine => vmi86Command('boot', ...options);

/** This project with further options of `vmi86 boot`, or of another command that takes the same. */
export function vmi86With(name: string, options: readonly string[], command = 'boot'): Peer {
  return {
    name,
    async command({ kernel, initrd, append, memory }) {
      const files = ['--kernel', kernel, '--initrd', initrd, '--append', append];
      return vmi86Command(command, ...files, '--memory', String(memory), ...options);
    },
  };
}

export const vmi86 = vmi86With('vmi86', []);
/** The interpreter alone. */
export const vmi86Interpreter = vmi86With('vmi86-no-jit', ['--no-jit']);
/** What a profile costs. */
export const vmi86Profile = vmi86With('vmi86-profile', [], 'profile');

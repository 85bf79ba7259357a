import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Boot, Peer } from './peer.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

function variant(name: string, options: readonly string[]): Peer {
  return {
    name,
    async command({ guest, flavour, append, memory }: Boot) {
      if (!existsSync(CLI)) throw new Error('src/cli/main.ts is not there');
      const files = ['--kernel', guest.kernels[flavour], '--initrd', guest.initrd, '--append', append];
      return [process.execPath, CLI, 'boot', ...files, '--memory', String(memory), ...options];
    },
  };
}

export const vmi86 = variant('vmi86', []);
/** The interpreter alone. */
export const vmi86Interpreter = variant('vmi86-no-jit', ['--no-jit']);

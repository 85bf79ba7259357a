/** kvm-unit-tests for i386: Multiboot kernels that print PASS and FAIL on the serial line and end through a port. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { EngineOptions } from '../../src/index.ts';
import { createPc } from '../../src/machine/pc.ts';
import { specifyMachine } from '../../src/machine/specification.ts';
import { attachTestDevice } from './qemu-test-device.ts';
import type { Suite, Verdict } from './suite.ts';

/** The variables that a run by the suite's own scripts would pass on, as the module of the kernel. */
const ENVIRONMENT = Buffer.from('NR_CPUS=1\nMEMSIZE=128\nTEST_DEVICE=0\n');
const MEMORY = 128 << 20;
/** Bound for what hangs, ms. */
const PATIENCE = 600_000;

interface Ending {
  readonly output: string;
  /** Why it did not end itself, or nothing. */
  readonly ended: string;
  readonly status?: number;
}

/** What a kernel prints until it ends itself. */
const boot = async (kernel: string, engine: EngineOptions): Promise<Ending> => {
  const machine = await createPc(specifyMachine({ kernel, initrd: ENVIRONMENT, memory: MEMORY, engine }));
  let output = '';
  let status: number | undefined;
  machine.console.output.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  attachTestDevice(machine.processor.board, machine.processor, (code) => {
    status = code;
    machine.pause();
    machine.processor.requestAttention();
  });
  const timer = setTimeout(() => machine.pause(), PATIENCE);
  const outcome = await machine.run();
  clearTimeout(timer);
  await machine.stop();
  await new Promise((resolve) => setImmediate(resolve));
  if (outcome.reason === 'crash') return { output, ended: 'triple fault' };
  if (status === undefined) return { output, ended: 'no end in time' };
  return { output, ended: '', status };
};

/** Exit status of a kernel that finds nothing to test: that of Automake, halved, as QEMU doubles it again. */
const SKIPPED = 77 >> 1;
const RESULT = /^(PASS|FAIL|SKIP|XFAIL|XPASS): (.*)$/;

export const KVM_UNIT_TESTS: Suite = {
  path: 'the folder x86 of a built tree, or one .flat file of it',
  async *run(path, engine): AsyncIterable<Verdict> {
    const kernels = path.endsWith('.flat')
      ? [path]
      : (await readdir(path)).filter((name) => name.endsWith('.flat')).map((name) => join(path, name));
    for (const kernel of kernels) {
      const name = basename(kernel, '.flat');
      const { output, ended, status } = await boot(kernel, engine);
      let tests = 0;
      for (const line of output.split(/\r?\n/)) {
        const found = RESULT.exec(line);
        if (!found) continue;
        tests++;
        if (found[1] === 'SKIP') continue;
        yield { test: `${name}: ${found[2]}`, passed: found[1] !== 'FAIL' && found[1] !== 'XPASS' };
      }
      if (ended) yield { test: name, passed: false, detail: `${ended}; ${output.trim().split('\n').at(-1) ?? ''}` };
      else if (tests === 0 && status !== SKIPPED)
        yield { test: name, passed: status === 0, detail: output.trim().split('\n').at(-1) ?? '' };
    }
  },
};

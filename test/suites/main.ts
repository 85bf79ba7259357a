/** npm run test:suite NAME -- PATH: runs a third-party test suite, which must have been built elsewhere. */
import { existsSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import type { EngineOptions } from '../../src/index.ts';
import { KVM_UNIT_TESTS } from './kvm-unit-tests.ts';
import { QEMU_I386 } from './qemu-i386.ts';
import type { Suite } from './suite.ts';
import { TEST386 } from './test386.ts';

const SUITES: Readonly<Record<string, Suite>> = {
  test386: TEST386,
  'kvm-unit-tests': KVM_UNIT_TESTS,
  'qemu-i386': QEMU_I386,
};

const ENGINES: Readonly<Record<string, EngineOptions>> = {
  usual: {},
  interpreter: { jit: false },
  translator: { threshold: 0 },
  single: { threshold: 0, regionLimit: 1 },
};

const paths = Object.entries(SUITES).map(([name, { path }]) => `  ${name}: ${path}`);
const command = new Command('test:suite')
  .description('runs a third-party test suite that has been built elsewhere')
  .addArgument(new Argument('<name>').choices(Object.keys(SUITES)))
  .argument('<path>', 'where it is')
  .addOption(new Option('--engine <engine>').choices(Object.keys(ENGINES)).default('usual'))
  .option('--all', 'tell of passed tests too')
  .addHelpText('after', `\nPaths:\n${paths.join('\n')}`)
  .parse();
const [name, path] = command.args as [string, string];
const { engine, all } = command.opts<{ engine: string; all?: boolean }>();
if (!existsSync(path)) command.error(`error: ${path}: no such file or folder`, { exitCode: 2 });

const count = { passed: 0, failed: 0 };
try {
  for await (const { test, passed, detail } of SUITES[name]!.run(path, ENGINES[engine]!)) {
    if (passed) count.passed++;
    else count.failed++;
    if (all || !passed) console.log(`${passed ? 'passed' : 'FAILED'}  ${test}${detail ? `: ${detail}` : ''}`);
  }
} catch (error) {
  // What lies at the path is not the suite.
  if (!(error instanceof Error && 'code' in error)) throw error;
  command.error(`error: ${path}: ${error.message}`, { exitCode: 2 });
}
if (count.passed + count.failed === 0) command.error(`error: ${path}: no tests there`, { exitCode: 2 });
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed ? 1 : 0;

/** What a machine loads on the thread that runs the guest: binaryen is a megabyte of source, for the worker alone. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SCRIPT = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
  const { createMachine } = await import('./src/index.ts');
  const machine = await createMachine({ memory: 32 << 20 });
  console.log(JSON.stringify(loaded));
  process.exit(0);
`;

test('binaryen is not loaded on the main thread', async () => {
  const run = promisify(execFile);
  // The first start after a change builds the core module, which does need it.
  await run(process.execPath, ['--input-type=module', '-e', SCRIPT]);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', SCRIPT]);
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded).toContain('./src/index.ts');
  expect(loaded).not.toContain('binaryen');
}, 120_000);

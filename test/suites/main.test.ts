/** The command that runs third-party suites says in one line what is wrong with what it is given. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'vmi86-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['test386', 'a folder in place of its ROM', /: EISDIR: /],
  ['kvm-unit-tests', 'a folder without tests', /: no tests there$/],
])('%s: %s', (suite, _, complaint) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), suite, folder],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(complaint);
});

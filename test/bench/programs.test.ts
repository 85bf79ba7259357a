import { beforeAll, describe, expect, test } from 'vitest';
import { NATIVE, native } from '../../bench/peers/native.ts';
import { vmi86With } from '../../bench/peers/vmi86.ts';
import { buildPrograms } from '../../bench/programs/build.ts';
import { PROGRAMS, type Program, select } from '../../bench/programs/table.ts';
import { prepareGuest } from '../../bench/session/guest.ts';
import { newRecord, type Record } from '../../bench/session/record.ts';
import { type Plan, runRounds, type Subject } from '../../bench/session/rounds.ts';
import { exactly } from '../../bench/session/turns.ts';
import { runs, skipBecause, skipWithout } from '../support/tools.ts';

const MEMORY_MIB = 128;
const TIMEOUT_SECONDS = 120;

const missing = runs('gcc', '-m32', '-E', '-x', 'c', '/dev/null') ? undefined : 'no gcc that knows -m32';
const programs = missing ? '' : await buildPrograms();
const host = missing ? undefined : native(programs);
const noHost = await host?.prepare().then(
  () => undefined,
  (error: Error) => error.message,
);

function onGuest(embedded: boolean, options: readonly string[]): Subject {
  const peer = vmi86With('vmi86', options);
  return {
    name: peer.name,
    async prepare() {
      const guest = await prepareGuest(programs, { embedded, memory: MEMORY_MIB });
      return { command: await peer.command(guest), guest };
    },
  };
}

async function measured(subject: Subject, chosen: readonly Program[], scale: number): Promise<Record> {
  const record = newRecord(subject);
  const limits = { timeoutSeconds: TIMEOUT_SECONDS, signal: new AbortController().signal };
  const plan: Plan = {
    programs: chosen,
    rounds: 1,
    scale,
    warmUp: 0,
    counted: exactly(1),
    together: false,
    idleSeconds: 0,
    limits,
  };
  await runRounds([subject], [record], plan, () => {});
  expect(record.reason).toBeUndefined();
  return record;
}

const checksums = ({ runs }: Record) => Object.fromEntries([...runs].map(([name, [run]]) => [name, run.checksum]));

/** What the embedded guest has no calls for, too few open files, or no SSE registers to save. */
const NEEDS_LINUX = ['sig-install', 'sig-handle', 'prot-fault', 'segv', 'divzero', '16p/16K', '16p/64K', 'select'];
const needsLinux = ({ name, group }: Program) => NEEDS_LINUX.includes(name) || group === 'sse2';
const linuxOnly = PROGRAMS.filter(needsLinux);
const anywhere = PROGRAMS.filter((one) => !needsLinux(one));

describe.skipIf(skipWithout(missing) || skipBecause(noHost))('the programs, against the host', () => {
  const SMALL = 0.003;
  let expected: { [name: string]: number };

  beforeAll(async () => {
    const record = await measured(host!, PROGRAMS, SMALL);
    expect([...record.failures]).toEqual([]);
    expected = checksums(record);
  });

  test('all give the same checksums in the embedded guest', async () => {
    const record = await measured(onGuest(true, []), anywhere, SMALL);
    expect([...record.failures]).toEqual([]);
    expect(checksums(record)).toEqual(Object.fromEntries(anywhere.map(({ name }) => [name, expected[name]])));
  }, 300_000);

  test('those with signals, many pipes, sockets or SSE2 give the same checksums in Debian', async () => {
    const record = await measured(onGuest(false, []), linuxOnly, SMALL);
    expect([...record.failures]).toEqual([]);
    expect(checksums(record)).toEqual(Object.fromEntries(linuxOnly.map(({ name }) => [name, expected[name]])));
  }, 300_000);

  test.for([
    { options: ['--no-jit'] },
    { options: ['--jit-threshold', '0'] },
    { options: ['--region-limit', '1'] },
    { options: ['--icount'] },
  ])('a few give the same checksums with $options', { timeout: 300_000 }, async ({ options }) => {
    const few = select([
      'qsort',
      'functions',
      'nbody-x87',
      'movsb',
      'rewrite',
      'compile',
      'fork',
      '2p/0K',
      'mprotect',
    ])!;
    const record = await measured(onGuest(true, options), few, SMALL);
    expect(checksums(record)).toEqual(Object.fromEntries(few.map(({ name }) => [name, expected[name]])));
  });
});

test('the host is a subject of its own name', () => expect(native('/nowhere').name).toBe(NATIVE));

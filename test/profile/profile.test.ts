/** Profiles of programs that run in the embedded guest: they name the programs' functions, and their numbers agree. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { programArchive } from '../../bench/programs/archive.ts';
import { buildPrograms } from '../../bench/programs/build.ts';
import { createMachine, type EngineOptions } from '../../src/index.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { profileTable } from '../../src/profile/table.ts';
import { skipWithout } from '../support/tools.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const programs = await buildPrograms().catch((error: Error) => error);
const missing = programs instanceof Error ? programs.message : undefined;

const HOT = '/bench/dhry 60000; /bench/qsort 4';

const profileOf = async (commands: string, exact: boolean, engine: EngineOptions = {}): Promise<Profile> => {
  const machine = await createMachine({
    memory: 32 << 20,
    initrd: await programArchive(programs as string),
    append: `-- ${commands}`,
    engine,
    profile: { exact, interval: 5000 },
  });
  machine.console.output.resume();
  await machine.run();
  await machine.stop();
  return machine.profile();
};

const sum = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((total, one) => total + of(one), 0);

describe.skipIf(skipWithout(missing))('an exact profile', () => {
  let profile: Profile;
  beforeAll(async () => {
    profile = await profileOf(HOT, true, { threshold: 500 });
  });
  afterAll(() => vi.restoreAllMocks());

  test('counts every instruction that the CPU has executed, in both tiers', () => {
    expect(sum(profile.functions, ({ instructions }) => instructions)).toBe(profile.instructions);
    expect(sum(profile.functions, ({ translated }) => translated)).toBe(profile.translated);
    expect(sum(profile.regions, ({ instructions }) => instructions)).toBe(profile.translated);
    expect(profile.translated).toBeGreaterThan(profile.instructions / 2);
  });

  test('agrees with its samples within three points on the ten hottest functions', () => {
    for (const { name, share, sampledShare } of profile.functions.slice(0, 10)) {
      expect(Math.abs(share - sampledShare), name).toBeLessThan(0.03);
    }
  });

  test('agrees with a run that is only sampled within three points on the ten hottest functions', async () => {
    const { functions } = await profileOf(HOT, false, { threshold: 500 });
    for (const { module, name, share } of profile.functions.slice(0, 10)) {
      const sampled = functions.find((f) => f.module === module && f.name === name)?.share ?? 0;
      expect(Math.abs(share - sampled), name).toBeLessThan(0.03);
    }
  });

  test('names the VMI calls that the interpreter has done', () => {
    expect(profile.functions.map(({ name }) => name)).toContain('[VMI SetLazyMode]');
  });

  test('names the functions of the programs', () => {
    const hottest = profile.functions.slice(0, 5).map(({ module, name }) => `${module}: ${name}`);
    expect(hottest).toContain('qsort: sort');
    expect(hottest).toContain('dhry: compare');
  });

  test('every entry into translated code has an exit', () => {
    for (const { name, executions, exits } of profile.regions) {
      expect(
        sum(Object.values(exits), (n) => n),
        name,
      ).toBe(executions);
    }
  });
});

describe.skipIf(skipWithout(missing))('a sampled profile', () => {
  test.each<[string, EngineOptions]>([
    ['with the translator', { threshold: 500 }],
    ['of the interpreter alone', { jit: false }],
  ])('%s adds up', async (_, engine) => {
    const profile = await profileOf('/bench/dhry 20000', false, engine);
    expect(sum(profile.functions, ({ share }) => share)).toBeCloseTo(1);
    expect(sum(profile.functions, ({ samples }) => samples)).toBe(profile.samples);
    expect(profile.samples).toBeGreaterThan(500);
    expect(profile.functions[0]!.executions).toBeUndefined();
    const table = profileTable(profile).split('\n');
    expect(table.find((line) => line.includes('compare (dhry)'))).toMatch(/^ *\d+\.\d%/);
    expect(table.at(-2)).toMatch(/^100\.0% .* all$/);
    const byTime = profileTable(profile, { by: 'time', most: 2 }).split('\n');
    expect(byTime.at(-3)).toMatch(/ \d+ more$/);
    expect(byTime.at(-2)).toMatch(/^100\.0% .* all$/);
  });
});

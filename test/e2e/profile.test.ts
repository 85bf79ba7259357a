/** The profile of a Debian boot, through the command line: counted, with samples beside it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { READY, WITH_DISK } from '../../bench/debian/guest.ts';
import type { FunctionProfile } from '../../src/profile/profile.ts';
import { Console } from '../support/console.ts';
import { debianOrSkip } from '../support/debian.ts';
import { MAIN } from '../support/engines.ts';

/** A bound, not a measurement. */
const BOOT_MS = 900_000;
vi.setConfig({ testTimeout: BOOT_MS, hookTimeout: BOOT_MS });

const found = await debianOrSkip('Debian guests are');

describe.skipIf(found === undefined)('the profile of a Debian boot', () => {
  let folder: string;
  let output: string;
  let functions: FunctionProfile[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vmi86-profile-'));
    const json = join(folder, 'boot.json');
    // Of the right form, but nobody's.
    const map = join(folder, 'System.map');
    writeFileSync(
      map,
      Array.from({ length: 1000 }, (_, n) => `c1${n.toString(16).padStart(6, '0')} T none_${n}\n`).join(''),
    );
    const guest = [
      '--kernel',
      found!.kernels['686'],
      '--initrd',
      found!.initrd,
      '--append',
      `console=ttyS0 ${WITH_DISK}`,
    ];
    const disk = join(folder, 'disk.img');
    writeFileSync(disk, Buffer.alloc(1 << 20));
    const options = ['--exit-on', READY, '--disk', disk, '--exact', '--symbols', map, '--json', json];
    const run = Console.spawn(process.execPath, [MAIN, 'profile', ...guest, ...options]);
    expect(await run.exit).toBe(0);
    output = run.output;
    ({ functions } = JSON.parse(readFileSync(json, 'utf8')));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('names what a boot is made of', () => {
    const names = functions.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['[decompressor]', 'memcpy', 'native_write_cr4', 'exc_page_fault', 'handle_mm_fault']),
    );
    expect(functions.find(({ module }) => module === 'busybox')?.name).toBe('[busybox]');
  });

  test('names the functions of kernel modules', () => {
    const inModule = (wanted: string) => functions.filter(({ module }) => module === wanted).map(({ name }) => name);
    expect(inModule('[virtio_blk]')).toContain('virtio_queue_rq');
    expect(inModule('[virtio_ring]')).toContain('virtqueue_add_sgs');
    expect(output).not.toContain('[module]');
  });

  test('has shares that add up', () => {
    expect(functions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(functions.reduce((sum, { sampledShare }) => sum + sampledShare, 0)).toBeCloseTo(1, 6);
    expect(output).toMatch(/^100\.0% .* all /m);
  });

  test('agrees with its samples within three points on the ten hottest functions', () => {
    for (const { name, share, sampledShare } of functions.slice(0, 10))
      expect(Math.abs(share - sampledShare), name).toBeLessThan(0.03);
  });

  test('does not use the symbols of another kernel, and says so in one line', () => {
    expect(output).toMatch(/vmi86: .*System\.map: not the symbols of the kernel that runs; its own are used\n/);
    expect(output).toContain("kernel names from the kernel's kallsyms");
  });
});

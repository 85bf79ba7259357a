/**
 * Debian 12's i386 kernels and an initramfs with busybox, made from packages that apt downloads. Kept in a directory
 * that git ignores.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../../src/package-root.ts';
import { Apt } from './apt.ts';
import { cpio, type Entry } from './cpio.ts';
import { fillOnce } from './fill-once.ts';
import { loadOrder } from './modules.ts';

/** The kernel flavours: without and with physical address extension. */
export const FLAVOURS = ['686', '686-pae'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/**
 * Host paths of what a guest boots from. One initramfs serves all kernels; `bios` is for emulators that come without
 * one.
 */
export interface DebianGuest {
  kernels: Record<Flavour, string>;
  initrd: string;
  bios: string;
}

/** What the guest prints once its shell is about to start. */
export const READY = 'vmi86-guest-ready';
/** The shell's prompt. */
export const PROMPT = '# ';
/** Kernel parameters that make the guest load the drivers of a virtio disk (/dev/vda) or an IDE disk (/dev/sda), and ext4. */
export const WITH_DISK = 'vmi86.disk';
export const WITH_IDE_DISK = 'vmi86.ide';
/** Kernel parameter that makes the shell run on a virtio console (/dev/hvc0). */
export const WITH_CONSOLE = 'vmi86.console';

/** crc32c_generic is asked for by ext4 at run time, so no dependency names it. */
const FILE_SYSTEM = ['crc32c_generic', 'ext4'];
/** What is loaded for a kernel parameter; the guest finds the list under the parameter's name. */
const MODULES = {
  [WITH_DISK]: ['virtio_pci', 'virtio_blk', ...FILE_SYSTEM],
  [WITH_IDE_DISK]: ['ata_piix', 'sd_mod', ...FILE_SYSTEM],
  [WITH_CONSOLE]: ['virtio_pci', 'virtio_console'],
};
/** Other modules are another cache. */
const PARTS = createHash('sha256').update(JSON.stringify(MODULES)).digest('hex').slice(0, 8);
const CACHE = join(packageRoot(), '.cache');
const INIT = join(packageRoot(), 'bench/debian/init.sh');

/** Keeps the kernel and the modules of one flavour, of all that its package holds. */
async function takeKernel(apt: Apt, flavour: Flavour, into: string): Promise<void> {
  const newest = await apt.dependencies(await apt.download(`linux-image-${flavour}`));
  const name = newest.find((dependency) => dependency.startsWith('linux-image-'));
  if (name === undefined) throw new Error(`linux-image-${flavour} names no kernel package`);
  const tree = await apt.extract(await apt.download(name));
  const release = name.replace('linux-image-', '');
  await rename(join(tree, `boot/vmlinuz-${release}`), join(into, `vmlinuz-${flavour}`));
  const modules = join(into, 'modules', release);
  await mkdir(modules, { recursive: true });
  for (const [parameter, wanted] of Object.entries(MODULES)) {
    const order = await loadOrder(join(tree, 'lib/modules', release), wanted);
    for (const module of order) await writeFile(join(modules, `${module.name}.ko`), module.data);
    await writeFile(join(modules, parameter), order.map((module) => module.name + '\n').join(''));
  }
}

/** Downloads everything into host directory `into`, which is complete when this returns. */
async function takePackages(into: string): Promise<void> {
  const work = join(into, 'apt');
  const apt = new Apt(work, 'i386');
  await apt.update();
  const busybox = await apt.extract(await apt.download('busybox-static'));
  await rename(join(busybox, 'bin/busybox'), join(into, 'busybox'));
  const seabios = await apt.extract(await apt.download('seabios'));
  await rename(join(seabios, 'usr/share/seabios/bios.bin'), join(into, 'bios.bin'));
  for (const flavour of FLAVOURS) await takeKernel(apt, flavour, into);
  await rm(work, { recursive: true });
}

/** The members of the initramfs, from what takePackages left in `parts`. */
async function initramfs(parts: string): Promise<Entry[]> {
  const directory = (path: string): Entry => ({ kind: 'directory', path, mode: 0o755 });
  const file = async (path: string, mode: number, source: string): Promise<Entry> => ({
    kind: 'file',
    path,
    mode,
    data: await readFile(source),
  });
  const entries: Entry[] = ['bin', 'dev', 'proc', 'sys', 'tmp', 'mnt', 'lib', 'lib/modules'].map(directory);
  entries.push({ kind: 'character', path: 'dev/console', mode: 0o600, device: [5, 1] });
  entries.push({ kind: 'character', path: 'dev/null', mode: 0o666, device: [1, 3] });
  entries.push(await file('init', 0o755, INIT), await file('bin/busybox', 0o755, join(parts, 'busybox')));
  for (const release of await readdir(join(parts, 'modules'))) {
    entries.push(directory(`lib/modules/${release}`));
    for (const name of (await readdir(join(parts, 'modules', release))).sort())
      entries.push(await file(`lib/modules/${release}/${name}`, 0o644, join(parts, 'modules', release, name)));
  }
  return entries;
}

async function build(): Promise<DebianGuest> {
  const parts = join(CACHE, 'debian', PARTS);
  await fillOnce(parts, takePackages);
  const initrd = join(parts, 'initrd.gz');
  // Written anew each time, so that it never lags behind the init script, and renamed, so that nobody reads half of it.
  const fresh = `${initrd}-${process.pid}`;
  await writeFile(fresh, gzipSync(cpio(await initramfs(parts))));
  await rename(fresh, initrd);
  return {
    kernels: { 686: join(parts, 'vmlinuz-686'), '686-pae': join(parts, 'vmlinuz-686-pae') },
    initrd,
    bios: join(parts, 'bios.bin'),
  };
}

let guest: Promise<DebianGuest> | undefined;

/**
 * The guest's files, downloaded at the first use. Throws an Error that says why they cannot be had, such as no apt or
 * no network.
 */
export function debianGuest(): Promise<DebianGuest> {
  guest ??= build();
  return guest;
}

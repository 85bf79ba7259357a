/** Suites that Debian has as packages for i386: memtest86+ and GNU Mach. Kept in a directory that git ignores. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Apt } from '../../bench/debian/apt.ts';
import { fillOnce } from '../../bench/debian/fill-once.ts';
import { packageRoot } from '../../src/package-root.ts';

/** Host paths of kernels. */
export interface DebianSuites {
  readonly memtest: string;
  readonly mach: string;
}

const MACH_PACKAGE = 'gnumach-image-1.8-486';
const FILES = { memtest: 'memtest86+ia32.bin', mach: 'gnumach' };

async function takePackages(into: string): Promise<void> {
  const work = join(into, 'apt');
  const apt = new Apt(work, 'i386');
  await apt.update();
  const memtest = await apt.extract(await apt.download('memtest86+'));
  await rename(join(memtest, 'boot/memtest86+ia32.bin'), join(into, FILES.memtest));
  const mach = await apt.extract(await apt.download(MACH_PACKAGE));
  const packed = await readFile(join(mach, 'boot/gnumach-1.8-486.gz'));
  await writeFile(join(into, FILES.mach), gunzipSync(packed));
  await rm(work, { recursive: true });
}

/** The kernels, downloaded at the first use. Throws an Error that says why they cannot be had. */
export async function debianSuites(): Promise<DebianSuites> {
  const folder = join(packageRoot(), '.cache/debian-suites');
  await fillOnce(folder, takePackages);
  return { memtest: join(folder, FILES.memtest), mach: join(folder, FILES.mach) };
}

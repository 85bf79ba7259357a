/** One boot of a kernel under test, and what its shell answered. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stats } from '../../src/machine/api.ts';
import { vmi86Boot } from '../support/engines.ts';

export interface GuestOptions {
  /** Host paths. */
  kernel: string;
  initrd: string;
  /** Further kernel parameters. */
  append: string;
  /** What the shell prints when it waits, at the beginning of a line. */
  prompt: string;
  diskInterface: 'ide' | 'virtio';
  /** Further options of `vmi86 boot`. */
  engine: readonly string[];
  /** The longest that a boot or a command may take. */
  timeoutMs: number;
}

export interface Session {
  /** All that the kernel and the shell printed, with plain line ends. */
  console: string;
  /** What each command printed. */
  answers: Readonly<Record<string, string>>;
  /** A digest of the disk after the run. */
  disk: string;
  /** Counters of the run. */
  stats: Stats;
}

const DISK_BYTES = 4 << 20;
/** Ctrl-A X. */
const QUIT = '\x01x';

/** The disk before every run: bytes that no file system leaves. */
function freshDisk(): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  for (let at = 0; at < DISK_BYTES; at += 4) disk.writeUInt32LE(Math.imul(at + 1, 0x9e37_79b1) >>> 0, at);
  return disk;
}

const plain = (text: string): string => text.replaceAll('\r', '');

/**
 * Boots with the ROM shown or hidden, gives the shell `commands` one after the other, and ends the machine.
 * Rejects when the shell does not come or an answer takes too long.
 */
export async function session(guest: GuestOptions, vmi: 'on' | 'off', commands: readonly string[]): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'vmi86-vmi-'));
  const disk = join(folder, 'disk.img');
  const stats = join(folder, 'stats.json');
  writeFileSync(disk, freshDisk());
  const console = vmi86Boot(
    ...['--kernel', guest.kernel, '--initrd', guest.initrd, '--append', `console=ttyS0 ${guest.append}`.trim()],
    ...['--disk', `${disk},if=${guest.diskInterface}`, '--vmi', vmi, '--stats', stats, ...guest.engine],
  );
  try {
    const waiting = `\n${guest.prompt}`;
    await console.expect(waiting, guest.timeoutMs);
    const answers: Record<string, string> = {};
    for (const command of commands) {
      console.type(`${command}\n`);
      const answer = plain(await console.expect(waiting, guest.timeoutMs));
      // The first line is the echo of what was typed.
      answers[command] = answer.slice(answer.indexOf('\n') + 1, answer.length - guest.prompt.length);
    }
    console.type(QUIT);
    await console.exit;
    return {
      console: plain(console.output),
      answers,
      disk: digest(readFileSync(disk)),
      stats: JSON.parse(readFileSync(stats, 'utf8')) as Stats,
    };
  } finally {
    console.kill();
    rmSync(folder, { recursive: true });
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

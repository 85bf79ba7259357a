/** The native ROM as a file, for machines that take one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildNativeRom } from '../../src/hypervisor/native-rom.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmi86-rom-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes it, perhaps with something else in it; its host path. */
export function nativeRom(change: (rom: Uint8Array) => void = () => {}): string {
  const file = join(folder, 'native.rom');
  const rom = buildNativeRom();
  change(rom);
  rom[rom.length - 1]! -= rom.reduce((sum, byte) => sum + byte, 0);
  writeFileSync(file, rom);
  return file;
}

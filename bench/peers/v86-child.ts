/** Boots a kernel in v86 with the serial console on standard output. Its one argument is a V86Boot as JSON. */
import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { V86 } from 'v86';

/** Paths on the host, the command line and guest memory in MiB. */
export interface V86Boot {
  bios: string;
  kernel: string;
  initrd: string;
  append: string;
  memory: number;
}

/** v86 takes whole ArrayBuffers; readFileSync may return a view into a shared one. */
const image = (path: string) => ({ buffer: new Uint8Array(readFileSync(path)).buffer });

const boot = JSON.parse(process.argv[2]) as V86Boot;
const emulator = new V86({
  wasm_path: fileURLToPath(new URL('v86.wasm', import.meta.resolve('v86'))),
  bios: image(boot.bios),
  bzimage: image(boot.kernel),
  initrd: image(boot.initrd),
  cmdline: boot.append,
  memory_size: boot.memory << 20,
  autostart: true,
  disable_speaker: true,
});
emulator.add_listener('serial0-output-byte', (byte) => writeSync(1, Uint8Array.of(byte)));
process.stdin.on('data', (chunk: Buffer) => emulator.serial_send_bytes(0, chunk));

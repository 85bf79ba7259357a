import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { identifyKernel } from '../../../src/machine/boot/identify.ts';
import { makeBzImage, makeElf, makeMultibootElf, makeOldBzImage, makeVmlinux, multibootHeader } from './kernels.ts';
import { load } from './loading.ts';

const hlt = new Uint8Array(16).fill(0xf4);
const segment = { virtual: 0x100000, physical: 0x100000, bytes: hlt };
const elf64 = makeElf({ class: 2, machine: 62, entry: 0x100000, segments: [segment] });
const elf32 = makeVmlinux();

describe('a kernel is told by its content', () => {
  it.each([
    ['bzImage', makeBzImage()],
    ['bzImage', makeOldBzImage(elf32)],
    ['elf', elf32],
    ['multiboot', makeMultibootElf()],
  ])('%s', (format, bytes) => {
    expect(identifyKernel({ name: 'k', bytes }).format).toBe(format);
  });
});

describe('what is no kernel for this machine is refused in one line', () => {
  it.each([
    ['nothing', new Uint8Array(), 'the file is empty'],
    ['one byte', new Uint8Array(1), 'not a kernel: neither a Linux bzImage, nor ELF, nor Multiboot'],
    ['text', Buffer.from('#!/bin/sh\n'.repeat(500)), 'not a kernel: neither'],
    ['gzip', gzipSync(elf32), 'not a kernel: a gzip file; unpack it first'],
    ['an initramfs', Buffer.from('070701' + '0'.repeat(200)), 'not a kernel: a cpio archive'],
    ['an x86-64 bzImage', makeBzImage({ xloadflags: 1 }), 'an x86-64 kernel; vmi86 runs 32-bit (i386) kernels'],
    ['an x86-64 bzImage of protocol 2.08', makeOldBzImage(elf64), 'an x86-64 kernel'],
    ['an x86-64 vmlinux', elf64, 'an x86-64 kernel'],
    ['a zImage', makeBzImage({ loadflags: 0 }), 'a zImage'],
    ['protocol 2.01', makeBzImage({ version: 0x201 }), "this kernel's boot protocol 2.01 is too old"],
    ['half a bzImage', makeBzImage().subarray(0, 5000), 'truncated kernel image: 5000 bytes of 6656'],
    ['a bzImage cut in its header', makeBzImage().subarray(0, 0x210), 'truncated kernel image: 528 bytes of 2560'],
    ['an ELF file cut in its header', elf32.subarray(0, 40), 'truncated kernel image'],
    ['an ELF file cut in its table', elf32.subarray(0, 60), 'truncated kernel image'],
    ['an ELF file cut in a segment', elf32.subarray(0, 100), 'truncated kernel image'],
    ['an ARM executable', makeElf({ machine: 40, entry: 0, segments: [segment] }), 'not an i386 kernel'],
    [
      'an object file',
      makeElf({ type: 1, entry: 0, segments: [] }),
      'not a kernel: an ELF file, but not an executable',
    ],
    ['an executable without content', makeElf({ entry: 0, segments: [] }), 'not a kernel: an ELF file with nothing'],
    ['an entry elsewhere', makeElf({ entry: 0x5000, segments: [segment] }), 'not a kernel: its entry point 0x5000'],
    [
      'a dynamic program',
      makeElf({ entry: 0x100000, segments: [{ ...segment, type: 3 }, segment] }),
      'not a kernel: a program of some operating system',
    ],
    ['Multiboot without addresses', multibootHeader(0), 'this Multiboot kernel is not ELF'],
  ])('%s', (_what, bytes, message) => {
    const attempt = () => identifyKernel({ name: 'some/file', bytes });
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(`some/file: ${message}`);
    expect(attempt).not.toThrow('\n');
  });
});

describe('what does not fit into memory is refused', () => {
  it.each([
    ['outside RAM', 0x80000000, /a kernel segment at 0x80000000-0x8000000f does not fit/],
    ['in the video memory', 0xa0000, /a kernel segment at 0xa0000-0xa000f does not fit/],
    ["over the loader's own data", 0x7000, /overlaps/],
  ])('a segment %s', (_where, physical, message) => {
    const bytes = new Uint8Array(16);
    bytes.set(multibootHeader(0));
    const kernel = makeElf({ entry: physical, segments: [{ virtual: physical, physical, bytes }] });
    expect(() => load(kernel)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { MiB } from '../../../src/machine/memory-map.ts';
import { makeMultibootElf, multibootHeader } from './kernels.ts';
import { load, textAt } from './loading.ts';

/** 16 bytes of something else, then the header, which says that it lies at 2 MB + 16. */
function addressFieldKernel(loadEnd: number, bssEnd: number, entry = 0x200040): Uint8Array {
  const bytes = new Uint8Array(256).fill(0xf4);
  bytes.set(multibootHeader(0x10000, 0x200010, 0x200000, loadEnd, bssEnd, entry), 16);
  return bytes;
}

describe('Multiboot', () => {
  it('starts an ELF kernel in flat protected mode with magic and information', () => {
    const { start, memory, view } = load(makeMultibootElf());
    expect(start).toMatchObject({ eip: 0x100010, eax: 0x2badb002, eflags: 2, cr0: 0x11 });
    expect(start.cs.access).toBe(0xc09b);
    expect([memory[0x1000ff], memory[0x100100], memory[0x101fff], memory[0x102000]]).toEqual([0xf4, 0, 0, 0xcc]);
    expect(view.getUint32(start.ebx, true)).toBe(0x24d);
    expect(view.getUint32(start.ebx + 4, true)).toBe(639);
    expect(view.getUint32(start.ebx + 8, true)).toBe(63 * 1024);
  });

  it('passes command line and loader name', () => {
    const loaded = load(makeMultibootElf(), { commandLine: 'verbose=1' });
    expect(textAt(loaded, loaded.view.getUint32(loaded.start.ebx + 16, true))).toBe('kernel verbose=1');
    expect(textAt(loaded, loaded.view.getUint32(loaded.start.ebx + 64, true))).toBe('vmi86');
  });

  it('passes the memory map', () => {
    const { start, view } = load(makeMultibootElf());
    const map = view.getUint32(start.ebx + 48, true);
    expect(view.getUint32(start.ebx + 44, true)).toBe(6 * 24);
    expect(view.getUint32(map, true)).toBe(20);
    const high = map + 3 * 24;
    expect(view.getBigUint64(high + 4, true)).toBe(BigInt(MiB));
    expect(view.getBigUint64(high + 12, true)).toBe(BigInt(63 * MiB));
    expect(view.getUint32(high + 20, true)).toBe(1);
  });

  it('passes the initrd as the one module, behind the kernel', () => {
    const bytes = new Uint8Array(5000).fill(0x5a);
    const loaded = load(makeMultibootElf(), { initrd: { name: 'some/initrd.cpio', bytes } });
    const { start, view, memory } = loaded;
    const module = view.getUint32(start.ebx + 24, true);
    expect(view.getUint32(start.ebx + 20, true)).toBe(1);
    expect([view.getUint32(module, true), view.getUint32(module + 4, true)]).toEqual([0x102000, 0x102000 + 5000]);
    expect(textAt(loaded, view.getUint32(module + 8, true))).toBe('initrd.cpio');
    expect(memory.subarray(0x102000, 0x102000 + 5000)).toEqual(bytes);
  });

  it('has no module without an initrd', () => {
    const { start, view } = load(makeMultibootElf());
    expect([view.getUint32(start.ebx + 20, true), view.getUint32(start.ebx + 24, true)]).toEqual([0, 0]);
  });

  it('loads by address fields', () => {
    const { start, memory } = load(addressFieldKernel(0x200080, 0x200100));
    expect(start.eip).toBe(0x200040);
    expect([memory[0x20007f], memory[0x200080], memory[0x2000ff], memory[0x200100]]).toEqual([0xf4, 0, 0, 0xcc]);
    expect(memory[0x200010]).toBe(0x02);
  });

  it('loads the whole file when the address fields leave the end open', () => {
    const { memory } = load(addressFieldKernel(0, 0));
    expect([memory[0x2000ff], memory[0x200100]]).toEqual([0xf4, 0xcc]);
  });

  it.each([
    ['cut off', addressFieldKernel(0x201000, 0), /truncated kernel image: 256 bytes of 4096/],
    ['entered outside', addressFieldKernel(0x200080, 0, 0x200080), /damaged load addresses/],
    ['in need of more than there is', makeMultibootElf(0x10b), /requires unknown features \(flags 0x108\)/],
  ])('refuses a kernel that is %s', (_what, kernel, message) => {
    expect(() => load(kernel)).toThrow(message);
  });

  it('says when the module does not fit', () => {
    const initrd = { name: 'initrd', bytes: new Uint8Array(63 * MiB) };
    expect(() => load(makeMultibootElf(), { initrd })).toThrow(/^initrd: the initrd does not fit: 66060288 bytes/);
  });
});

import { describe, expect, it } from 'vitest';
import { SetupHeader } from '../../../src/machine/boot/setup-header.ts';
import { MiB } from '../../../src/machine/memory-map.ts';
import { makeBzImage, makeVmlinux } from './kernels.ts';
import { load, textAt } from './loading.ts';

const initrd = { name: 'initrd.gz', bytes: new Uint8Array(10_000).fill(0x5a) };

function bootParams({ memory, start }: ReturnType<typeof load>): SetupHeader {
  return new SetupHeader(memory.subarray(start.esi, start.esi + 4096));
}

describe.each([
  ['bzImage', makeBzImage(), 0x100000],
  ['vmlinux', makeVmlinux(), 0x1000000],
])('the 32-bit boot protocol for a %s', (_format, kernel, entry) => {
  it('starts in flat protected mode with ESI at boot_params', () => {
    const { start, view } = load(kernel);
    expect(start).toMatchObject({ eip: entry, eax: 0, ebx: 0, ebp: 0, edi: 0, eflags: 2, cr0: 0x11 });
    expect(start.cs).toEqual({ selector: 0x10, base: 0, limit: 0xffffffff, access: 0xc09b });
    for (const name of ['ds', 'es', 'ss', 'fs', 'gs'] as const) {
      expect(start[name]).toEqual({ selector: 0x18, base: 0, limit: 0xffffffff, access: 0xc093 });
    }
    expect(start.gdt.limit).toBe(31);
    expect(view.getBigUint64(start.gdt.base + 0x10, true)).toBe(0x00cf9b000000ffffn);
    expect(view.getBigUint64(start.gdt.base + 0x18, true)).toBe(0x00cf93000000ffffn);
  });

  it('passes the command line below 1 MB', () => {
    const loaded = load(kernel, { commandLine: 'console=ttyS0 quiet' });
    const address = bootParams(loaded).get('cmd_line_ptr');
    expect(address).toBeLessThan(0x9f000);
    expect(textAt(loaded, address)).toBe('console=ttyS0 quiet');
    expect(bootParams(loaded).get('type_of_loader')).toBe(0xff);
  });

  it('places the initrd page-aligned at the end of memory', () => {
    const loaded = load(kernel, { initrd });
    const address = bootParams(loaded).get('ramdisk_image');
    expect(address).toBe(64 * MiB - 3 * 4096);
    expect(bootParams(loaded).get('ramdisk_size')).toBe(10_000);
    expect(loaded.memory.subarray(address, address + 10_000)).toEqual(initrd.bytes);
  });

  it('passes no initrd when there is none', () => {
    const params = bootParams(load(kernel));
    expect([params.get('ramdisk_image'), params.get('ramdisk_size')]).toEqual([0, 0]);
  });

  it('describes memory in the e820 table and the older fields, and no screen', () => {
    const e820 = [
      { base: 0, length: 0x9fc00, type: 1 },
      { base: 0xf0000, length: 0x10000, type: 2 },
      { base: MiB, length: 63 * MiB, type: 1 },
    ];
    const { view, memory, start } = load(kernel, { e820 });
    expect(view.getUint8(start.esi + 0x1e8)).toBe(3);
    expect(view.getBigUint64(start.esi + 0x2d0 + 40, true)).toBe(BigInt(MiB));
    expect(view.getBigUint64(start.esi + 0x2d0 + 48, true)).toBe(BigInt(63 * MiB));
    expect(view.getUint32(start.esi + 0x2d0 + 36, true)).toBe(2);
    expect(view.getUint32(start.esi + 0x1e0, true)).toBe(63 * 1024);
    expect(view.getUint16(start.esi + 2, true)).toBe(63 * 1024);
    expect(memory.subarray(start.esi + 4, start.esi + 0x40).every((byte) => byte === 0)).toBe(true);
    expect(view.getUint8(start.esi + 0x1ef)).toBe(0);
  });

  it('says when the initrd does not fit', () => {
    const huge = { name: 'huge.gz', bytes: new Uint8Array(63 * MiB) };
    expect(() => load(kernel, { initrd: huge })).toThrow(/^huge\.gz: the initrd does not fit: 66060288 bytes/);
  });

  it('says when the command line is too long', () => {
    expect(() => load(kernel, { commandLine: 'x'.repeat(2047) })).not.toThrow();
    expect(() => load(kernel, { commandLine: 'x'.repeat(2048) })).toThrow(/^boot\/kernel: the command line has 2048/);
  });
});

describe('a bzImage', () => {
  it('is copied to its code32_start, header included in boot_params', () => {
    const loaded = load(makeBzImage({ root_dev: 0x1234, pref_address: 0x1000000 }));
    expect(loaded.memory.subarray(0x100000, 0x101000).every((byte) => byte === 0x90)).toBe(true);
    expect(loaded.memory[0x101000]).toBe(0xcc);
    expect(bootParams(loaded).get('root_dev')).toBe(0x1234);
    expect(bootParams(loaded).get('pref_address')).toBe(0x1000000);
  });

  it('keeps the initrd below initrd_addr_max', () => {
    const params = bootParams(load(makeBzImage({ initrd_addr_max: 0x1ffffff }), { initrd }));
    expect(params.get('ramdisk_image')).toBe(0x2000000 - 3 * 4096);
  });

  it('needs memory for what it unpacks', () => {
    const kernel = makeBzImage({ pref_address: 0x1000000, init_size: 50 * MiB });
    expect(() => load(kernel)).toThrow('boot/kernel: this kernel needs at least 66 MiB of guest memory');
    expect(() => load(kernel, {}, 66 * MiB)).not.toThrow();
  });

  it('unpacks itself to its own alignment', () => {
    const fields = { relocatable_kernel: 1, kernel_alignment: 4 * MiB, init_size: 60 * MiB };
    expect(() => load(makeBzImage({ ...fields, relocatable_kernel: 0 }))).not.toThrow();
    expect(() => load(makeBzImage(fields))).not.toThrow();
    expect(() => load(makeBzImage({ ...fields, init_size: 61 * MiB }))).toThrow('needs at least 65 MiB');
  });

  it('of protocol 2.02 gets the limits of its time', () => {
    const kernel = makeBzImage({ version: 0x202, initrd_addr_max: 0, cmdline_size: 0 });
    expect(() => load(kernel, { commandLine: 'x'.repeat(256) })).toThrow(/takes at most 255$/);
    expect(bootParams(load(kernel, { initrd })).get('ramdisk_image')).toBe(64 * MiB - 3 * 4096);
  });

  it('may lack the last bytes of its last paragraph', () => {
    expect(() => load(makeBzImage().slice(0, -15))).not.toThrow();
    expect(() => load(makeBzImage().slice(0, -16))).toThrow('boot/kernel: truncated kernel image: 6640 bytes of 6656');
  });
});

describe('a vmlinux', () => {
  it('is placed by physical address, its bss cleared', () => {
    const { memory } = load(makeVmlinux());
    expect([...memory.subarray(0x1000000 + 62, 0x1000000 + 66)]).toEqual([0xf4, 0xf4, 0, 0]);
    expect([memory[0x1000000 + 127], memory[0x1000000 + 128]]).toEqual([0, 0xcc]);
  });
});

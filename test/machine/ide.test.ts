import { beforeEach, describe, expect, test } from 'vitest';
import {
  ABORTED,
  COMMAND,
  COUNT,
  DATA,
  DATA_REQUESTED,
  DEVICE,
  ERROR,
  FAILED,
  ID_NOT_FOUND,
  IDLE,
  IdeRig,
  LBA,
  LBA_HIGH,
  LBA_LOW,
  LBA_MID,
  MemoryDisk,
  STATUS,
  UNCORRECTABLE,
} from './ide-rig.ts';

const SECTORS = 4096;
const [READ, READ_EXT, WRITE, WRITE_EXT, VERIFY] = [0x20, 0x24, 0x30, 0x34, 0x40];
const [SET_MULTIPLE, READ_MULTIPLE, WRITE_MULTIPLE] = [0xc6, 0xc4, 0xc5];
const [IDENTIFY, SET_FEATURES, FLUSH, DIAGNOSTIC] = [0xec, 0xef, 0xe7, 0x90];
const [NO_INTERRUPT, SOFTWARE_RESET, HIGH_ORDER] = [0x02, 0x04, 0x80];

let disk: MemoryDisk;
let ide: IdeRig;
const pattern = (bytes: number, seed = 1) => Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + seed) & 0xff);

beforeEach(() => {
  disk = new MemoryDisk(SECTORS);
  ide = new IdeRig([disk]);
});

describe('identification', () => {
  test('IDENTIFY DEVICE tells capacity, modes and names', () => {
    expect(ide.command(IDENTIFY)).toBe(DATA_REQUESTED);
    const data = ide.readData(512);
    const words = new DataView(data.buffer);
    const word = (n: number) => words.getUint16(2 * n, true);
    expect(words.getUint32(2 * 60, true)).toBe(SECTORS);
    expect(words.getBigUint64(2 * 100, true)).toBe(BigInt(SECTORS));
    expect([word(1), word(3), word(6)]).toEqual([4, 16, 63]);
    expect(word(49) & 0x300, 'LBA and DMA').toBe(0x300);
    expect(word(63) & 7, 'multiword DMA 0-2').toBe(7);
    expect(word(83) & 0x3400, 'LBA48, FLUSH CACHE, FLUSH CACHE EXT').toBe(0x3400);
    const text = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => String.fromCharCode(word(first + i) >> 8, word(first + i) & 0xff)).join(
        '',
      );
    expect(text(10, 10).trim()).toBe('hda');
    expect(text(27, 20).trim()).toBe('vmi86 disk');
    expect(ide.alternateStatus).toBe(IDLE);
  });

  test('after a reset the registers hold the signature of an ATA device', () => {
    ide.command(READ, { lba: 5 });
    ide.deviceControl(SOFTWARE_RESET);
    expect(ide.alternateStatus).toBe(0x80);
    ide.deviceControl(0);
    expect([ERROR, COUNT, LBA_LOW, LBA_MID, LBA_HIGH].map((register) => ide.in(register))).toEqual([1, 1, 1, 0, 0]);
    expect(ide.in(STATUS)).toBe(IDLE);
    expect(ide.interrupting).toBe(false);
  });

  test('EXECUTE DEVICE DIAGNOSTIC passes and interrupts', () => {
    ide.command(DIAGNOSTIC);
    expect(ide.interrupting).toBe(true);
    expect([ide.in(STATUS), ide.in(ERROR)]).toEqual([IDLE, 1]);
  });

  test('device 0 answers for a device 1 that is not there, with status 0', () => {
    ide.out(COUNT, 0x55);
    ide.out(DEVICE, 0x10);
    expect([ide.in(COUNT), ide.in(STATUS)]).toEqual([0x55, 0]);
    ide.out(COMMAND, IDENTIFY);
    expect([ide.in(STATUS), ide.interrupting]).toEqual([0, false]);
  });

  test('four disks have a place each', () => {
    const disks = [1, 2, 3, 4].map((k) => new MemoryDisk(1000 * k));
    const capacities = [0, 1].flatMap((channel) =>
      [0, 0x10].map((device) => {
        const one = new IdeRig(disks, channel);
        one.command(IDENTIFY, { device });
        return new DataView(one.readData(512).buffer).getUint32(2 * 60, true);
      }),
    );
    expect(capacities).toEqual([1000, 2000, 3000, 4000]);
  });
});

describe('PIO', () => {
  test('READ SECTORS gives each sector with an interrupt of its own', () => {
    expect(ide.command(READ, { lba: 7, count: 2 })).toBe(DATA_REQUESTED);
    for (const sector of [7, 8]) {
      expect(ide.interrupting).toBe(true);
      expect(ide.in(STATUS)).toBe(DATA_REQUESTED);
      expect(ide.interrupting).toBe(false);
      expect(ide.readData(512)).toEqual(disk.sector(sector));
    }
    expect([ide.interrupting, ide.in(STATUS)]).toEqual([false, IDLE]);
  });

  test('a count of 0 is 256 sectors, and with 48 bits 65536', () => {
    ide.command(READ, { count: 0 });
    expect(ide.readData(256 * 512)).toEqual(disk.sector(0, 256));
    expect(ide.alternateStatus).toBe(IDLE);
    ide.command(READ_EXT, { count: 0, extended: true });
    ide.readData(SECTORS * 512);
    expect([ide.in(STATUS), ide.in(ERROR)], 'the disk ends first').toEqual([FAILED, ID_NOT_FOUND]);
  });

  test('WRITE SECTORS asks for data at once and interrupts when it has them', () => {
    expect(ide.command(WRITE, { lba: 3, count: 2 })).toBe(DATA_REQUESTED);
    expect(ide.interrupting).toBe(false);
    const data = pattern(1024);
    ide.writeData(data.subarray(0, 512));
    expect([ide.interrupting, ide.in(STATUS)]).toEqual([true, DATA_REQUESTED]);
    ide.writeData(data.subarray(512));
    expect([ide.interrupting, ide.in(STATUS)]).toEqual([true, IDLE]);
    expect(disk.sector(3, 2)).toEqual(data);
  });

  test('the data register is as wide as the access', () => {
    ide.command(READ, { lba: 1 });
    const [a, b, c, d, e, f] = disk.sector(1);
    expect(ide.in(DATA, 4)).toBe((a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
    expect(ide.in(DATA, 2)).toBe(e | (f << 8));
    ide.command(WRITE, { lba: 1 });
    for (let i = 0; i < 128; i++) ide.out(DATA, 0x0403_0201, 4);
    expect(disk.sector(1).subarray(508)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('MULTIPLE moves blocks of the size that was set, and the rest', () => {
    ide.command(SET_MULTIPLE, { count: 0 });
    ide.command(READ_MULTIPLE, { count: 2 });
    expect([ide.in(STATUS), ide.in(ERROR)], 'disabled').toEqual([FAILED, ABORTED]);
    ide.command(SET_MULTIPLE, { count: 4 });
    expect(ide.in(STATUS)).toBe(IDLE);
    ide.command(READ_MULTIPLE, { lba: 10, count: 6 });
    const interrupts = [4, 2].map((sectors, i) => {
      const seen = ide.interrupting;
      ide.in(STATUS);
      expect(ide.readData(sectors * 512)).toEqual(disk.sector(10 + 4 * i, sectors));
      return seen;
    });
    expect([...interrupts, ide.interrupting]).toEqual([true, true, false]);
    const data = pattern(6 * 512, 9);
    ide.command(WRITE_MULTIPLE, { lba: 20, count: 6 });
    ide.writeData(data);
    expect([ide.in(STATUS), disk.sector(20, 6)]).toEqual([IDLE, data]);
    for (const count of [3, 32]) {
      ide.command(SET_MULTIPLE, { count });
      expect(ide.in(ERROR)).toBe(ABORTED);
    }
  });

  test('48-bit addresses use both bytes of each register', () => {
    const data = pattern(512, 5);
    ide.command(WRITE_EXT, { lba: 0x102, count: 1, extended: true });
    ide.writeData(data);
    expect(disk.sector(0x102)).toEqual(data);
    ide.command(READ_EXT, { lba: 2 ** 32 + 5, extended: true });
    expect([ide.in(STATUS), ide.in(ERROR)]).toEqual([FAILED, ID_NOT_FOUND]);
    expect(ide.in(LBA_LOW)).toBe(5);
    ide.deviceControl(HIGH_ORDER);
    expect([ide.in(LBA_LOW), ide.in(LBA_MID)]).toEqual([0, 1]);
  });

  test('CHS addresses count in the geometry that was set', () => {
    // Cylinder 1, head 2, sector 3 of 16 heads and 63 sectors.
    const lba = (1 << 8) | 3;
    ide.command(READ, { lba, device: 0x02 });
    expect(ide.readData(512)).toEqual(disk.sector((16 + 2) * 63 + 2));
    ide.command(0x91, { count: 32, device: 0x07 });
    ide.command(READ, { lba, device: 0x02 });
    expect(ide.readData(512)).toEqual(disk.sector((8 + 2) * 32 + 2));
    for (const [sector, device] of [
      [0, 2],
      [33, 2],
      [3, 8],
    ]) {
      ide.command(READ, { lba: sector, device });
      expect([ide.in(STATUS), ide.in(ERROR)]).toEqual([FAILED, ID_NOT_FOUND]);
    }
  });
});

describe('errors', () => {
  test('sectors behind the end are not found, and the registers name the first of them', () => {
    ide.command(READ, { lba: SECTORS - 1, count: 3 });
    ide.in(STATUS);
    expect(ide.readData(512)).toEqual(disk.sector(SECTORS - 1));
    expect(ide.interrupting).toBe(true);
    expect([ide.in(STATUS), ide.in(ERROR)]).toEqual([FAILED, ID_NOT_FOUND]);
    expect(ide.in(LBA_LOW) | (ide.in(LBA_MID) << 8)).toBe(SECTORS);
  });

  test('a disk that is read-only aborts writes, and nothing changes', () => {
    disk.readOnly = true;
    expect(ide.command(WRITE, { lba: 2 })).toBe(FAILED);
    expect([ide.interrupting, ide.in(ERROR)]).toEqual([true, ABORTED]);
    expect(ide.command(READ, { lba: 2 })).toBe(DATA_REQUESTED);
  });

  test("the host's errors are the disk's errors", () => {
    disk.broken = true;
    const failures = [READ, WRITE, FLUSH, VERIFY].map((opcode) => {
      ide.command(opcode);
      if (opcode === WRITE) ide.writeData(pattern(512));
      return [ide.in(STATUS), ide.in(ERROR)];
    });
    expect(failures).toEqual([UNCORRECTABLE, ABORTED, ABORTED, UNCORRECTABLE].map((error) => [FAILED, error]));
  });

  test.each([0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xf8, 0xff])('command %i is aborted with an interrupt', (opcode) => {
    expect([ide.command(opcode), ide.interrupting]).toEqual([FAILED, true]);
    expect(ide.in(ERROR)).toBe(ABORTED);
  });
});

describe('interrupts', () => {
  test('go when the status is read, not when the alternate status is', () => {
    ide.command(FLUSH);
    expect([ide.alternateStatus, ide.interrupting]).toEqual([IDLE, true]);
    expect([ide.in(STATUS), ide.interrupting]).toEqual([IDLE, false]);
  });

  test('stay away while the host forbids them', () => {
    ide.deviceControl(NO_INTERRUPT);
    ide.command(FLUSH);
    expect(ide.interrupting).toBe(false);
    ide.deviceControl(0);
    expect(ide.interrupting).toBe(true);
  });

  test('are those of the selected device', () => {
    ide = new IdeRig([disk, new MemoryDisk(100)]);
    ide.command(FLUSH);
    ide.out(DEVICE, 0x10);
    expect(ide.interrupting).toBe(false);
    ide.out(DEVICE, 0);
    expect(ide.interrupting).toBe(true);
  });
});

describe('features and power', () => {
  test('without a write cache every write is flushed', () => {
    const write = () => {
      ide.command(WRITE);
      ide.writeData(pattern(512));
    };
    write();
    expect(disk.flushes).toBe(0);
    ide.command(SET_FEATURES, { features: 0x82 });
    expect(disk.flushes, 'what was in the cache').toBe(1);
    write();
    expect(disk.flushes).toBe(2);
  });

  test('transfer modes that the drive has are set and shown', () => {
    ide.command(SET_FEATURES, { features: 0x03, count: 0x22 });
    expect(ide.in(STATUS)).toBe(IDLE);
    ide.command(IDENTIFY);
    expect(ide.readData(512)[127]).toBe(1 << 2);
    for (const count of [0x23, 0x40, 0x10, 0x0d]) {
      ide.command(SET_FEATURES, { features: 0x03, count });
      expect(ide.in(ERROR)).toBe(ABORTED);
    }
    ide.command(SET_FEATURES, { features: 0x77 });
    expect(ide.in(ERROR)).toBe(ABORTED);
  });

  test('the drive is always awake', () => {
    ide.command(0xe0);
    ide.command(0xe5, { count: 0 });
    expect([ide.in(STATUS), ide.in(COUNT)]).toEqual([IDLE, 0xff]);
  });
});

test('the data register is silent when nothing is to be moved', () => {
  expect(ide.in(DATA, 2)).toBe(0xffff);
  ide.out(DATA, 0x1234, 2);
  ide.command(READ, { lba: 4 });
  ide.out(DATA, 0x1234, 2);
  expect(ide.readData(512)).toEqual(disk.sector(4));
  expect(ide.in(DATA, 2)).toBe(0xffff);
});

test('the function decodes only where its registers say so', () => {
  expect(ide.config.read(0)).toBe(0x7010_8086);
  expect(ide.config.read(8) >>> 8).toBe(0x01_01_80);
  ide.config.write(0x40, 0x0000, 2);
  expect(ide.in(STATUS)).toBe(0xff);
  ide.config.write(0x40, 0x8000, 2);
  expect(ide.in(STATUS)).toBe(IDLE);
  ide.config.write(4, 4, 2);
  expect([ide.in(STATUS), ide.alternateStatus]).toEqual([0xff, 0xff]);
  expect(new IdeRig([disk], 1).in(STATUS), 'a cable without drives').toBe(0xff);
});

test('LBA is what the device register says', () => {
  ide.command(READ, { lba: 100, device: LBA });
  expect(ide.readData(512)).toEqual(disk.sector(100));
});

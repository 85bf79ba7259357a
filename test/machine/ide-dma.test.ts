import { beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { DATA_REQUESTED, ERROR, FAILED, ID_NOT_FOUND, IDLE, IdeRig, MemoryDisk, STATUS } from './ide-rig.ts';
import { RAM } from './rig.ts';

const SECTORS = 4096;
const [READ_DMA, READ_DMA_EXT, WRITE_DMA] = [0xc8, 0x25, 0xca];
const BUFFER = 0x10_0000;
const [ACTIVE, BUS_ERROR, INTERRUPT] = [1, 2, 4];

let disk: MemoryDisk;
let ide: IdeRig;

beforeEach(() => {
  disk = new MemoryDisk(SECTORS);
  ide = new IdeRig([disk]);
});

const memory = (address: number, length: number) => ide.rig.memory.view(address, length);

describe('bus master', () => {
  test.each(['command first', 'engine first'])('reads into scattered memory, %s', (order) => {
    ide.regions(
      { address: BUFFER, length: 512 },
      { address: BUFFER + 0x5002, length: 0x302 },
      { address: BUFFER + 0x8000, length: 1024 - 0x302, last: true },
    );
    if (order === 'engine first') ide.startDma('read');
    expect(ide.command(READ_DMA, { lba: 9, count: 3 })).toBe(order === 'engine first' ? IDLE : DATA_REQUESTED);
    if (order === 'command first') ide.startDma('read');
    expect([ide.dmaStatus, ide.interrupting]).toEqual([INTERRUPT, true]);
    expect(ide.in(STATUS)).toBe(IDLE);
    const parts = [memory(BUFFER, 512), memory(BUFFER + 0x5002, 0x302), memory(BUFFER + 0x8000, 1024 - 0x302)];
    expect(Buffer.concat(parts).equals(disk.sector(9, 3))).toBe(true);
    ide.dmaStatus = INTERRUPT;
    expect(ide.dmaStatus).toBe(0);
  });

  test('writes more than it buffers at a time; a length of 0 is 64 KiB', () => {
    const bytes = 0x3_0000;
    ide.rig.memory.bytes.fill(0xa5, BUFFER, BUFFER + bytes);
    const region = (n: number, last = false) => ({ address: BUFFER + n * 0x1_0000, length: 0, last });
    ide.regions(region(0), region(1), region(2, true));
    ide.command(0x35, { lba: 64, count: bytes / 512, extended: true });
    ide.startDma('write');
    expect([ide.in(STATUS), ide.dmaStatus]).toEqual([IDLE, INTERRUPT]);
    expect(disk.sector(64, bytes / 512).every((byte) => byte === 0xa5)).toBe(true);
    expect(disk.sector(64 + bytes / 512)).toEqual(new MemoryDisk(SECTORS).sector(64 + bytes / 512));
  });

  test('stays active when the table is longer than the transfer', () => {
    ide.regions({ address: BUFFER, length: 1024, last: true });
    ide.command(READ_DMA);
    ide.startDma('read');
    expect(ide.dmaStatus).toBe(ACTIVE | INTERRUPT);
    ide.stopDma();
    expect(ide.dmaStatus).toBe(INTERRUPT);
  });

  test('stops without an interrupt when the table is shorter, and the next table goes on', () => {
    ide.regions({ address: BUFFER, length: 512, last: true });
    ide.command(READ_DMA, { lba: 1, count: 2 });
    ide.startDma('read');
    expect([ide.dmaStatus, ide.interrupting, ide.alternateStatus]).toEqual([0, false, DATA_REQUESTED]);
    ide.stopDma();
    ide.startDma('read');
    expect([ide.dmaStatus, ide.interrupting]).toEqual([INTERRUPT, true]);
    expect(memory(BUFFER, 512)).toEqual(disk.sector(2));
  });

  test('does nothing in the wrong direction, or without leave to master the bus', () => {
    ide.regions({ address: BUFFER, length: 512, last: true });
    ide.command(WRITE_DMA, { lba: 1 });
    ide.startDma('read');
    expect([ide.dmaStatus, ide.alternateStatus]).toEqual([ACTIVE, DATA_REQUESTED]);
    ide.stopDma();
    ide.config.write(4, 1, 2);
    ide.startDma('write');
    expect(ide.alternateStatus).toBe(DATA_REQUESTED);
    expect(disk.sector(1)).toEqual(new MemoryDisk(SECTORS).sector(1));
  });

  test('the drive ends a transfer that its last sector is in the middle of', () => {
    ide.regions({ address: BUFFER, length: 2048, last: true });
    ide.command(READ_DMA_EXT, { lba: SECTORS - 2, count: 4, extended: true });
    ide.startDma('read');
    expect([ide.interrupting, ide.in(STATUS), ide.in(ERROR)]).toEqual([true, FAILED, ID_NOT_FOUND]);
    expect(memory(BUFFER, 1024)).toEqual(disk.sector(SECTORS - 2, 2));
  });
});

describe('hostile guests', () => {
  test.each([
    ['behind RAM', RAM - 256],
    ['at the end of the address space', 0xffff_fffe],
  ])('a region %s is an error of the bus, and nothing is lost', (_, address) => {
    ide.regions({ address, length: 512, last: true });
    ide.command(READ_DMA);
    ide.startDma('read');
    expect(ide.dmaStatus).toBe(BUS_ERROR);
    ide.stopDma();
    ide.deviceControl(4);
    ide.deviceControl(0);
    expect(ide.in(STATUS)).toBe(IDLE);
  });

  test('a table behind RAM, or without an end, is an error too', () => {
    ide.rig.board.portWrite(ide.busMaster + 4, 4, 0xffff_fff0);
    ide.command(READ_DMA);
    ide.startDma('read');
    expect(ide.dmaStatus).toBe(BUS_ERROR);
    ide.stopDma();
    ide.dmaStatus = BUS_ERROR;
    const table = 0x20_0000;
    for (let i = 0; i < 0x4_0000; i += 8) {
      ide.rig.memory.data.setUint32(table + i, BUFFER, true);
      ide.rig.memory.data.setUint32(table + i + 4, 2, true);
    }
    ide.rig.board.portWrite(ide.busMaster + 4, 4, table);
    ide.command(READ_DMA, { count: 0 });
    ide.startDma('read');
    expect(ide.dmaStatus & BUS_ERROR).toBe(BUS_ERROR);
  });

  test('any accesses in any order leave the host whole', () => {
    const random = new Random(3);
    const before = Buffer.from(disk.bytes).length;
    const opcodes = [0x20, 0x24, 0x30, 0x34, 0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0x25, 0x35, 0x40, 0x90, 0x91, 0xec, 0xef];
    const sizes = [1, 2, 4] as const;
    for (let i = 0; i < 30_000; i++) {
      const base = [ide.ports, ide.ports, ide.control, ide.busMaster][random.below(4)];
      const port = base + random.below(8);
      const size = sizes[random.below(3)];
      const byte = port === ide.ports + 7 ? opcodes[random.below(opcodes.length)] : random.below(256);
      if (random.below(3) === 0) ide.rig.board.portRead(port, size);
      else ide.rig.board.portWrite(port, size, size === 1 ? byte : random.next());
      if (i % 64 === 0)
        ide.regions({ address: random.next(), length: random.below(0x1_0000), last: random.below(2) === 0 });
    }
    expect(disk.bytes.length).toBe(before);
    ide.config.write(0x40, 0x8000, 2);
    ide.deviceControl(4);
    ide.deviceControl(0);
    ide.command(0x20, { lba: 3 });
    expect(ide.readData(512)).toEqual(disk.sector(3));
  });
});

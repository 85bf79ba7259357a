/** The IDE function of the PIIX3 (Intel 82371SB data sheet): two channels at the ports of the AT, and their bus masters. */
import type { PhysicalMemory } from '../../../runtime/board.ts';
import type { AddressSpace, Unmap } from '../bus.ts';
import type { BlockMedium } from '../disk-image.ts';
import type { Line } from '../line.ts';
import { Config, PciFunction, type PciSpaces } from '../pci.ts';
import { BUS_MASTER_PORTS, BusMaster } from './bus-master.ts';
import { IdeChannel } from './channel.ts';
import { AtaDrive } from './drive.ts';
import { COMMAND_BLOCK_SIZE } from './registers.ts';

/** Where the AT had its channels. */
const CHANNELS = [
  { command: 0x1f0, control: 0x3f6, irq: 14 },
  { command: 0x170, control: 0x376, irq: 15 },
];
const DRIVES_PER_CHANNEL = 2;
export const MOST_IDE_DISKS = CHANNELS.length * DRIVES_PER_CHANNEL;

/** IDETIM of both channels, then SIDETIM. Timings mean nothing here; the top bit of IDETIM lets a channel decode. */
const TIMING = { OFFSET: 0x40, BYTES: [0x00, 0x80, 0x00, 0x80, 0x00], DECODE: 0x80 };
const COMMAND = { IO: 0x01, MASTER: 0x04 };

const description = (busMasterPorts: number, handlers: BarHandlers) => ({
  vendor: 0x8086,
  device: 0x7010,
  // Mass storage, IDE; both channels fixed at the AT's ports, bus master.
  classCode: 0x01_01_80,
  registers: [{ offset: TIMING.OFFSET, bytes: TIMING.BYTES, writable: TIMING.BYTES.map(() => 0xff) }],
  bars: [{ index: 4, space: 'io' as const, size: CHANNELS.length * BUS_MASTER_PORTS, base: busMasterPorts, handlers }],
});

interface BarHandlers {
  read8(offset: number): number;
  write8(offset: number, value: number): void;
}

export interface IdeWiring {
  memory: PhysicalMemory;
  spaces: PciSpaces;
  /** A new source on an ISA interrupt line. */
  line: (irq: number) => Line;
  /** Where firmware puts the ports of the bus masters. */
  busMasterPorts: number;
}

/**
 * The function with its disks, in the order primary device 0 and 1, secondary device 0 and 1; their serial numbers are
 * `hda`, `hdb`, …
 * @throws RangeError with more disks than there is place for
 */
export function ideController(disks: readonly BlockMedium[], wiring: IdeWiring): PciFunction {
  if (disks.length > MOST_IDE_DISKS) throw new RangeError('more IDE disks than places');
  const drives = disks.map((disk, i) => new AtaDrive(disk, `hd${String.fromCharCode(97 + i)}`));
  const channels = CHANNELS.map(({ irq }, i) => {
    const first = i * DRIVES_PER_CHANNEL;
    return new IdeChannel(drives.slice(first, first + DRIVES_PER_CHANNEL), wiring.line(irq));
  });
  const commandRegister = () => pciFunction.config[Config.COMMAND];
  const masters = channels.map(
    (channel) => new BusMaster(channel, wiring.memory, () => (commandRegister() & COMMAND.MASTER) !== 0),
  );
  const master = (offset: number) => masters[Math.floor(offset / BUS_MASTER_PORTS)];
  const pciFunction = new PciFunction(
    description(wiring.busMasterPorts, {
      read8: (offset) => master(offset).read(offset % BUS_MASTER_PORTS),
      write8: (offset, value) => master(offset).write(offset % BUS_MASTER_PORTS, value),
    }),
    wiring.spaces,
  );
  // A cable without drives floats, so nothing answers there.
  const used = channels.filter((_, i) => drives.length > i * DRIVES_PER_CHANNEL);
  const decoders = used.map((channel, i) => new Decoder(wiring.spaces.io, channel, i));
  pciFunction.onWrite = () => {
    for (const decoder of decoders) decoder.update(pciFunction.config);
  };
  pciFunction.onWrite(0, 0);
  return pciFunction;
}

/** Claims a channel's ports while the function's registers let it. */
class Decoder {
  private readonly ports: AddressSpace;
  private readonly channel: IdeChannel;
  private readonly index: number;
  private claims: Unmap[] = [];

  constructor(ports: AddressSpace, channel: IdeChannel, index: number) {
    this.ports = ports;
    this.channel = channel;
    this.index = index;
  }

  update(config: Uint8Array): void {
    const enabled = config[TIMING.OFFSET + 2 * this.index + 1] & TIMING.DECODE && config[Config.COMMAND] & COMMAND.IO;
    if (!!enabled === this.claims.length > 0) return;
    for (const unmap of this.claims) unmap();
    const { command, control } = CHANNELS[this.index];
    const { commandBlock, controlBlock } = this.channel;
    this.claims = enabled
      ? [this.ports.map(command, COMMAND_BLOCK_SIZE, commandBlock), this.ports.map(control, 1, controlBlock)]
      : [];
  }
}

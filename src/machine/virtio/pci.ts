/** A virtio device as a transitional PCI function: it serves legacy drivers in I/O space and modern ones in memory. */
import type { PhysicalMemory } from '../../../runtime/board.ts';
import { MemoryBus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import { Config, PciFunction, type PciSpaces } from '../pci.ts';
import { VirtioCore } from './core.ts';
import type { VirtioDevice } from './device.ts';
import { LEGACY_SIZE, legacyHandlers } from './legacy.ts';
import { MODERN_BAR, MODERN_CAPABILITIES, MODERN_SIZE, modernHandlers, Window } from './modern.ts';

const VIRTIO_VENDOR = 0x1af4;
const INTA = 1;

/** Where firmware puts the function's BARs, and the IRQ it writes down. */
export interface Placement {
  io: number;
  memory: number;
  irq: number;
}

export function virtioFunction(
  device: VirtioDevice,
  memory: PhysicalMemory,
  clock: Clock,
  spaces: PciSpaces,
  placement: Placement,
): PciFunction {
  const core = new VirtioCore(device, memory, clock, (level) => pciFunction.setInterrupt(level));
  const modern = modernHandlers(core);
  const pciFunction: PciFunction = new PciFunction(
    {
      vendor: VIRTIO_VENDOR,
      device: device.transitionalId,
      classCode: device.classCode,
      subsystemVendor: VIRTIO_VENDOR,
      subsystem: device.type,
      interruptPin: INTA,
      interruptLine: placement.irq,
      bars: [
        { index: 0, space: 'io', size: LEGACY_SIZE, base: placement.io, handlers: legacyHandlers(core) },
        { index: MODERN_BAR, space: 'memory', size: MODERN_SIZE, base: placement.memory, handlers: modern },
      ],
      capabilities: MODERN_CAPABILITIES,
    },
    spaces,
  );
  connectWindow(pciFunction, modern);
  return pciFunction;
}

/** The data register of the last capability accesses the BAR at the place its other fields name. */
function connectWindow(pciFunction: PciFunction, modern: ReturnType<typeof modernHandlers>): void {
  const bar = new MemoryBus();
  bar.map(0, MODERN_SIZE, modern);
  const { config } = pciFunction;
  const view = new DataView(config.buffer);
  let capability = config[Config.CAPABILITIES];
  while (config[capability + 1] !== 0) capability = config[capability + 1];
  const data = capability + Window.DATA;

  const target = (offset: number, length: number) => {
    const size = view.getUint32(capability + Window.LENGTH, true);
    const touches = offset < data + 4 && offset + length > data;
    const valid = config[capability + Window.BAR] === MODERN_BAR && (size === 1 || size === 2 || size === 4);
    return touches && valid
      ? { address: view.getUint32(capability + Window.OFFSET, true), size: size as 1 | 2 | 4 }
      : null;
  };
  pciFunction.onRead = (offset, length) => {
    const place = target(offset, length);
    if (place) view.setUint32(data, bar.read(place.address, place.size), true);
  };
  pciFunction.onWrite = (offset, length) => {
    const place = target(offset, length);
    if (place) bar.write(place.address, place.size, view.getUint32(data, true));
  };
}

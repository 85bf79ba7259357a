/** The interface of virtio 1.0 and later: structures in memory space that PCI capabilities point at (4.1.4). */
import type { AccessHandlers } from '../bus.ts';
import type { PciCapability } from '../pci.ts';
import type { VirtioCore } from './core.ts';
import { byteHandlers, type Field, registerHandlers, sectionHandlers } from './registers.ts';
import type { QueueAddresses, Virtqueue } from './virtqueue.ts';

/** The memory BAR that holds all structures: its index, its size, and where in it they are. */
export const MODERN_BAR = 4;
export const MODERN_SIZE = 0x4000;
const COMMON_OFFSET = 0x0000;
const ISR_OFFSET = 0x1000;
const DEVICE_OFFSET = 0x2000;
const NOTIFY_OFFSET = 0x3000;
const SECTION_SIZE = 0x1000;
/** Queue n is notified at this many bytes times n. */
const NOTIFY_MULTIPLIER = 4;

const VENDOR_CAPABILITY = 0x09;
const Structure = { COMMON: 1, NOTIFY: 2, ISR: 3, DEVICE: 4, PCI_CONFIG: 5 };
const NO_VECTOR = 0xffff;

function dword(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

/** A capability body from its length byte on. */
function capability(type: number, offset: number, length: number, extra: number[] = []): PciCapability {
  const size = 16 + extra.length;
  return {
    id: VENDOR_CAPABILITY,
    body: [size, type, MODERN_BAR, 0, 0, 0, ...dword(offset), ...dword(length), ...extra],
  };
}

/** Fields of the PCI configuration access capability, offsets from its start: BAR, offset, length, data. */
export const Window = { BAR: 4, OFFSET: 8, LENGTH: 12, DATA: 16 };

/** The window through configuration space comes last; the guest sets BAR, offset, length and data. */
export const MODERN_CAPABILITIES: PciCapability[] = [
  capability(Structure.COMMON, COMMON_OFFSET, SECTION_SIZE),
  capability(Structure.ISR, ISR_OFFSET, SECTION_SIZE),
  capability(Structure.DEVICE, DEVICE_OFFSET, SECTION_SIZE),
  capability(Structure.NOTIFY, NOTIFY_OFFSET, SECTION_SIZE, dword(NOTIFY_MULTIPLIER)),
  {
    ...capability(Structure.PCI_CONFIG, 0, 0, dword(0)),
    writable: [0, 0, 0xff, 0, 0, 0, ...new Array(12).fill(0xff)],
  },
];

/** The 64-bit queue addresses as the driver writes them, by halves. */
class AddressRegisters {
  private readonly halves = new Map<Virtqueue, Uint32Array>();
  private readonly core: VirtioCore;

  constructor(core: VirtioCore) {
    this.core = core;
  }

  /** `half` counts 32-bit words from queue_desc on. */
  field(offset: number, half: number): Field {
    return {
      offset,
      size: 4,
      get: () => this.current?.[half] ?? 0,
      set: (value) => {
        if (this.current && !this.core.queue?.enabled) this.current[half] = value;
      },
    };
  }

  /** Addresses above 4 GB become ones that no RAM has. */
  get addresses(): QueueAddresses {
    const words = this.current ?? new Uint32Array(6);
    const [descriptors, available, used] = [0, 2, 4].map((i) => words[i] + words[i + 1] * 2 ** 32);
    return { descriptors, available, used };
  }

  private get current(): Uint32Array | undefined {
    const { queue } = this.core;
    if (!queue) return undefined;
    let words = this.halves.get(queue);
    if (!words) this.halves.set(queue, (words = new Uint32Array(6)));
    return words;
  }
}

function commonHandlers(core: VirtioCore): AccessHandlers {
  const select = { device: 0, driver: 0 };
  const address = new AddressRegisters(core);
  const enable = (value: number) => {
    if (value === 1 && core.queue && !core.queue.enabled) core.queue.enable(address.addresses);
  };
  const selector = (offset: number, which: 'device' | 'driver'): Field => ({
    offset,
    size: 4,
    get: () => select[which],
    set: (value) => {
      select[which] = value;
    },
  });
  return registerHandlers([
    selector(0, 'device'),
    { offset: 4, size: 4, get: () => core.offered(select.device) },
    selector(8, 'driver'),
    {
      offset: 12,
      size: 4,
      get: () => core.acceptedFeatures(select.driver),
      set: (value) => core.accept(select.driver, value),
    },
    { offset: 16, size: 2, get: () => NO_VECTOR },
    { offset: 18, size: 2, get: () => core.queues.length },
    {
      offset: 20,
      size: 1,
      get: () => core.status,
      set: (value) => {
        core.status = value;
      },
    },
    { offset: 21, size: 1, get: () => 0 },
    {
      offset: 22,
      size: 2,
      get: () => core.queueSelect,
      set: (value) => {
        core.queueSelect = value;
      },
    },
    {
      offset: 24,
      size: 2,
      get: () => core.queue?.size ?? 0,
      set: (value) => {
        if (core.queue) core.queue.size = value;
      },
    },
    { offset: 26, size: 2, get: () => NO_VECTOR },
    { offset: 28, size: 2, get: () => (core.queue?.enabled ? 1 : 0), set: enable },
    { offset: 30, size: 2, get: () => core.queueSelect },
    ...[0, 1, 2, 3, 4, 5].map((half) => address.field(32 + 4 * half, half)),
  ]);
}

export function modernHandlers(core: VirtioCore): AccessHandlers {
  const notify = (offset: number) => core.kick(offset / NOTIFY_MULTIPLIER);
  return sectionHandlers([
    { start: COMMON_OFFSET, handlers: commonHandlers(core) },
    { start: ISR_OFFSET, handlers: registerHandlers([{ offset: 0, size: 1, get: () => core.takeInterruptStatus() }]) },
    { start: DEVICE_OFFSET, handlers: byteHandlers(core.device.config) },
    { start: NOTIFY_OFFSET, handlers: { read8: () => 0, write16: notify, write32: notify } },
  ]);
}

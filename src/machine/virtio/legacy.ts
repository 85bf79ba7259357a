/** The legacy interface: registers in I/O space (Virtual I/O Device specification 1.1, 4.1.4.8). */
import type { AccessHandlers } from '../bus.ts';
import type { VirtioCore } from './core.ts';
import { byteHandlers, registerHandlers, sectionHandlers } from './registers.ts';
import type { Virtqueue } from './virtqueue.ts';

/** Bytes of the BAR. */
export const LEGACY_SIZE = 64;
const DEVICE_CONFIG = 20;
const PAGE = 4096;

/** Where the parts of a queue lie that starts at page `frame`: the used ring begins on a page of its own. */
function addresses(queue: Virtqueue, frame: number) {
  const descriptors = frame * PAGE;
  const available = descriptors + 16 * queue.size;
  const used = Math.ceil((available + 6 + 2 * queue.size) / PAGE) * PAGE;
  return { descriptors, available, used };
}

export function legacyHandlers(core: VirtioCore): AccessHandlers {
  const frames = new Map<Virtqueue, number>();
  const setFrame = (frame: number) => {
    const { queue } = core;
    if (!queue) return;
    frames.set(queue, frame);
    if (frame === 0) queue.reset();
    else queue.enable(addresses(queue, frame));
  };
  const getFrame = () => (core.queue?.enabled ? (frames.get(core.queue) ?? 0) : 0);

  const registers = registerHandlers([
    { offset: 0, size: 4, get: () => core.offered(0) },
    {
      offset: 4,
      size: 4,
      get: () => core.acceptedFeatures(0),
      set: (value) => core.accept(0, value & core.offered(0)),
    },
    { offset: 8, size: 4, get: getFrame, set: setFrame },
    { offset: 12, size: 2, get: () => core.queue?.maximumSize ?? 0 },
    {
      offset: 14,
      size: 2,
      get: () => core.queueSelect,
      set: (value) => {
        core.queueSelect = value;
      },
    },
    { offset: 16, size: 2, get: () => 0, set: (value) => core.kick(value) },
    {
      offset: 18,
      size: 1,
      get: () => core.status,
      set: (value) => {
        core.status = value;
      },
    },
    { offset: 19, size: 1, get: () => core.takeInterruptStatus() },
  ]);
  return sectionHandlers([
    { start: 0, handlers: registers },
    { start: DEVICE_CONFIG, handlers: byteHandlers(core.device.config) },
  ]);
}

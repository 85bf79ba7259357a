/** Port 61h, NMI status and control (82371SB): the gate and output of PIT channel 2, and the refresh toggle. */
import type { PortBus } from './bus.ts';
import type { Clock } from './clock.ts';
import type { PitChannel } from './pit.ts';

const BIT = { GATE2: 0x01, SPEAKER: 0x02, WRITABLE: 0x0f, REFRESH: 0x10, OUT2: 0x20 };
/** Memory refresh request interval, ns; the bit toggles with each. */
const REFRESH_INTERVAL = 15_085;

export function connectPort61(ports: PortBus, clock: Clock, channel2: PitChannel): void {
  let control = 0;
  ports.map(0x61, 1, {
    read8: () => {
      const refresh = Math.floor(clock.now() / REFRESH_INTERVAL) & 1 ? BIT.REFRESH : 0;
      return control | refresh | (channel2.out ? BIT.OUT2 : 0);
    },
    write8: (_offset, value) => {
      control = value & BIT.WRITABLE;
      channel2.setGate((value & BIT.GATE2) !== 0);
    },
  });
}

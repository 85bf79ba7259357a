/** The A20 gate and its two switches' common state; port 92h (PS/2 system control port A) is one of the switches. */
import type { CpuPins } from '../../runtime/board.ts';
import type { PortBus } from './bus.ts';

/** A20M#: both the 8042 and port 92h set it, the last one wins. Open at power on, as firmware leaves it. */
export class Address20Gate {
  private readonly pins: Pick<CpuPins, 'setAddress20'>;
  private open = true;

  constructor(pins: Pick<CpuPins, 'setAddress20'>) {
    this.pins = pins;
    pins.setAddress20(true);
  }

  get enabled(): boolean {
    return this.open;
  }

  set enabled(open: boolean) {
    if (open === this.open) return;
    this.open = open;
    this.pins.setAddress20(open);
  }
}

const BIT = { FAST_RESET: 0x01, ADDRESS_20: 0x02 };

export function connectPort92(ports: PortBus, gate: Address20Gate, reset: () => void): void {
  ports.map(0x92, 1, {
    read8: () => (gate.enabled ? BIT.ADDRESS_20 : 0),
    write8: (_offset, value) => {
      gate.enabled = (value & BIT.ADDRESS_20) !== 0;
      if (value & BIT.FAST_RESET) reset();
    },
  });
}

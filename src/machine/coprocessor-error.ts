/**
 * x87 exceptions as the PC/AT handles them: FERR# is latched on IRQ 13 until the handler writes to port F0h, which also
 * asserts IGNNE# for as long as FERR# is, so that the handler may use the FPU. SDM vol. 1, appendix D.2.1.
 */
import type { CpuPins } from '../../runtime/board.ts';
import type { PortBus } from './bus.ts';
import type { Line } from './line.ts';

const CLEAR_PORT = 0xf0;

export class CoprocessorError {
  private readonly irq: Line;
  private readonly pins: Pick<CpuPins, 'setIgnoreNumericErrors'>;
  private asserted = false;

  constructor(irq: Line, pins: Pick<CpuPins, 'setIgnoreNumericErrors'>) {
    this.irq = irq;
    this.pins = pins;
  }

  connect(ports: PortBus): void {
    ports.map(CLEAR_PORT, 1, { read8: () => 0xff, write8: () => this.clear() });
  }

  /** FERR#. */
  setError(asserted: boolean): void {
    this.asserted = asserted;
    if (asserted) this.irq(true);
    else this.pins.setIgnoreNumericErrors(false);
  }

  private clear(): void {
    this.irq(false);
    if (this.asserted) this.pins.setIgnoreNumericErrors(true);
  }
}

/**
 * x87 exceptions as the PC/AT handles them: FERR# is latched on IRQ 13 until the handler writes to port F0h. IGNNE#,
 * which would then let waiting instructions through, is not there: handlers clear the exceptions first.
 */
import type { PortBus } from './bus.ts';
import type { Line } from './line.ts';

const CLEAR_PORT = 0xf0;

export class CoprocessorError {
  private readonly irq: Line;

  constructor(irq: Line) {
    this.irq = irq;
  }

  connect(ports: PortBus): void {
    ports.map(CLEAR_PORT, 1, { read8: () => 0xff, write8: () => this.irq(false) });
  }

  raise(): void {
    this.irq(true);
  }
}

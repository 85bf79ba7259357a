/** The chip set's own PCI functions: 440FX host bridge, PIIX3 ISA bridge with its interrupt router, PIIX4 power management. */
import type { Line } from './line.ts';
import { SharedLine } from './line.ts';
import { type PciBus, type PciDescription, PciFunction, type PciSpaces } from './pci.ts';
import { PM_BASE } from './pm.ts';

const INTEL = 0x8086;

const HOST_BRIDGE: PciDescription = { vendor: INTEL, device: 0x1237, revision: 2, classCode: 0x06_00_00 };

/** PIRQRC[A:D] of the ISA bridge: bit 7 disconnects, bits 0-3 are the IRQ. */
const PIRQ_REGISTERS = 0x60;
const PIRQ = { DISABLED: 0x80, IRQ: 0x0f, WRITABLE: 0x8f };
/** The IRQs that firmware gives PIRQA … PIRQD. */
export const PIRQ_ROUTES = [10, 10, 11, 11];

const ISA_BRIDGE: PciDescription = {
  vendor: INTEL,
  device: 0x7000,
  classCode: 0x06_01_00,
  // The IDE controller is function 1 of this slot, power management is function 3.
  multifunction: true,
  registers: [{ offset: PIRQ_REGISTERS, bytes: PIRQ_ROUTES, writable: PIRQ_ROUTES.map(() => PIRQ.WRITABLE) }],
};

/** PMBA holds the base of the power management ports, PMREGMISC enables them; both are fixed here. */
const POWER_MANAGEMENT: PciDescription = {
  vendor: INTEL,
  device: 0x7113,
  revision: 3,
  classCode: 0x06_80_00,
  registers: [
    { offset: 0x40, bytes: [(PM_BASE & 0xff) | 1, PM_BASE >> 8] },
    { offset: 0x80, bytes: [1] },
  ],
};

/** The slots of bus 0. */
export const Slot = { HOST_BRIDGE: 0, ISA_BRIDGE: 1, FIRST_FREE: 3, COUNT: 32 };
/** Functions of the ISA bridge's slot. */
export const IDE_FUNCTION = 1;
const POWER_MANAGEMENT_FUNCTION = 3;

/** Which of PIRQA … PIRQD (0 … 3) a slot's INTA# … INTD# (0 … 3) leads to. */
export function pirqOf(slot: number, pin: number): number {
  return (slot + pin) & 3;
}

/** Joins the slots' interrupt pins into four lines, and leads each to an ISA interrupt. */
export class InterruptRouter {
  private readonly isaLine: (irq: number) => Line;
  private readonly pirqs: SharedLine[];
  private readonly levels = [false, false, false, false];
  private readonly routes: (number | undefined)[] = [...PIRQ_ROUTES];
  private readonly outputs = new Map<string, Line>();

  constructor(isaLine: (irq: number) => Line) {
    this.isaLine = isaLine;
    this.pirqs = PIRQ_ROUTES.map((_, pirq) => new SharedLine((level) => this.drive(pirq, level)));
  }

  /** A new source on INTA# … INTD# (0 … 3) of a slot. */
  line(slot: number, pin: number): Line {
    return this.pirqs[pirqOf(slot, pin)].source();
  }

  setRoute(pirq: number, register: number): void {
    const level = this.levels[pirq];
    this.drive(pirq, false);
    this.routes[pirq] = register & PIRQ.DISABLED ? undefined : register & PIRQ.IRQ;
    this.drive(pirq, level);
  }

  private drive(pirq: number, level: boolean): void {
    this.levels[pirq] = level;
    const irq = this.routes[pirq];
    if (irq === undefined) return;
    const key = `${pirq}:${irq}`;
    let output = this.outputs.get(key);
    if (!output) this.outputs.set(key, (output = this.isaLine(irq)));
    output(level);
  }
}

/** Solders the chip set to the bus. */
export function connectChipset(pci: PciBus, spaces: PciSpaces, router: InterruptRouter): void {
  const isaBridge = new PciFunction(ISA_BRIDGE, spaces);
  isaBridge.onWrite = (offset, length) => {
    for (let pirq = 0; pirq < PIRQ_ROUTES.length; pirq++) {
      const register = PIRQ_REGISTERS + pirq;
      if (register >= offset && register < offset + length) router.setRoute(pirq, isaBridge.config[register]);
    }
  };
  pci.add(Slot.HOST_BRIDGE, 0, new PciFunction(HOST_BRIDGE, spaces));
  pci.add(Slot.ISA_BRIDGE, 0, isaBridge);
  pci.add(Slot.ISA_BRIDGE, POWER_MANAGEMENT_FUNCTION, new PciFunction(POWER_MANAGEMENT, spaces));
}

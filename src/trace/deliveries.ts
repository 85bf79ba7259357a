/** Exceptions and interrupts on their way through the IDT. */
import type { Delivery } from '../../runtime/protection/interrupts.ts';
import { VECTOR } from '../../runtime/state.ts';
import { STATE } from '../../translator/layout.ts';
import { current, here, hex, type TraceContext, type TraceHook } from './context.ts';

const NAMES = new Map<number, string>(Object.entries(VECTOR).map(([name, vector]) => [vector, name]));

const exceptionText = ({ cpu }: TraceContext, { vector, code }: Delivery): string => {
  const error = code === undefined ? '' : ` code ${hex(code, 4)}`;
  const address = vector === VECTOR.PF ? ` address ${hex(cpu.state.get(STATE.cr2))}` : '';
  return `#${NAMES.get(vector) ?? vector}${error}${address}`;
};

const isException = ({ software, external }: Delivery): boolean => !software && !external;

/** Adds to what hears of deliveries already. */
const onDelivery = ({ cpu }: TraceContext, action: (event: Delivery) => void): void => {
  const before = cpu.onDelivery;
  cpu.onDelivery = (event) => {
    before?.(event);
    action(event);
  };
};

export const traceExceptions: TraceHook = (context) =>
  onDelivery(context, (event) => {
    if (isException(event)) context.write(here(context.cpu), exceptionText(context, event));
  });

export const traceInterrupts: TraceHook = (context) =>
  onDelivery(context, (event) => {
    const { cpu, write } = context;
    if (event.external) write(here(cpu), event.vector === VECTOR.NMI ? 'NMI' : `interrupt ${hex(event.vector, 2)}`);
    else if (event.software) write(current(cpu), `int ${hex(event.vector, 2)}`);
  });

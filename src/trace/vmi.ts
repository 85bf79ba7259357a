/** VMI calls. While they are traced translated code binds none, so that the interpreter meets each of them. */
import { GPR_NAMES } from '../../translator/layout.ts';
import { CALLS } from '../hypervisor/calls.ts';
import { peek } from '../machine/debug/memory.ts';
import { hex, type TraceContext, type TraceHook } from './context.ts';

const ESP = GPR_NAMES.indexOf('esp');
const registerOf = (place: string): number => GPR_NAMES.indexOf(place.toLowerCase() as (typeof GPR_NAMES)[number]);

const ARGUMENTS = new Map(CALLS.map(({ name, args }) => [name, Object.entries(args)]));

/** The call with the arguments that are in registers. */
const callText = ({ cpu }: TraceContext, name: string): string => {
  const values = (ARGUMENTS.get(name) ?? [])
    .filter(([, place]) => registerOf(place) >= 0)
    .map(([argument, place]) => `${argument}=${hex(cpu.state.gpr(registerOf(place)))}`);
  return `${name}(${values.join(', ')})`;
};

export const traceVmi: TraceHook = (context) => {
  const { cpu, write } = context;
  const { hostFunctions } = cpu;
  const { interpret } = hostFunctions;
  hostFunctions.interpretAll();
  hostFunctions.interpret = (called) => {
    const frame = Buffer.from(peek(cpu, cpu.state.gpr(ESP) >>> 0, 4));
    write(frame.length === 4 ? frame.readUInt32LE() : undefined, callText(context, called.call.name));
    interpret.call(hostFunctions, called);
  };
};

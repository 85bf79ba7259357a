import type { CrashReport } from '../machine/api.ts';

const REGISTERS_PER_LINE = 4;

/** A crash report for people: the cause, registers, and the last instructions. */
export function crashText({ cause, registers, lastInstructions }: CrashReport): string {
  const values = Object.entries(registers).map(([name, value]) => `${name.padStart(6)}=${hex(value)}`);
  const lines = [`guest crashed: ${cause}`];
  for (let i = 0; i < values.length; i += REGISTERS_PER_LINE)
    lines.push(values.slice(i, i + REGISTERS_PER_LINE).join(' '));
  if (lastInstructions.length > 0) lines.push('last instructions:');
  for (const { address, text } of lastInstructions) lines.push(`  ${hex(address)}  ${text}`);
  return lines.join('\n');
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

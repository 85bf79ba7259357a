/** What `vmi86 rom` prints. */
import { writeFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { CALLS, type Relocation } from '../hypervisor/calls.ts';
import { inspectRom, ROM_LIMIT, type RomHeader } from '../hypervisor/inspect.ts';
import { buildNativeRom, NATIVE_REASONS } from '../hypervisor/native-rom.ts';
import { relocationsOf } from '../hypervisor/relocations.ts';
import { buildRom, ROM_BASE } from '../hypervisor/rom.ts';
import { attempt, readInput } from '../machine/input-files.ts';
import type { RomOptions } from './rom.ts';

/** A ROM, and what its maker says about single calls. */
interface Source {
  readonly name: string;
  readonly rom: Uint8Array;
  remark(call: string): string;
}

/**
 * @returns what to print, and whether kernels can use the ROM
 * @throws UserError, one line, for what is no VMI ROM at all and for bad options
 */
export async function showRom(
  file: string | undefined,
  options: RomOptions,
): Promise<{ text: string; sound: boolean }> {
  const source = sourceOf(file, options);
  if (options.out !== undefined) {
    const { out } = options;
    attempt(out, () => writeFileSync(out, source.rom));
    return { text: '', sound: true };
  }
  const { header, problems } = inspectRom(source.rom);
  if (!header) throw new UserError(`${source.name}: ${problems[0]}`);
  const lines = [...headerLines(header), ...problems.map((problem) => line('WRONG', problem))];
  if (problems.length === 0) lines.push('', ...callLines(source, await relocationsOf(source.name, source.rom)));
  return { text: `${lines.join('\n')}\n`, sound: problems.length === 0 };
}

function sourceOf(file: string | undefined, { native, out }: RomOptions): Source {
  if (file !== undefined) {
    if (native) throw new UserError('give either a FILE or --native');
    if (out !== undefined) throw new UserError("--out writes vmi86's own ROM or, with --native, the native one");
    return { name: file, rom: readInput(file, ROM_LIMIT), remark: () => '' };
  }
  if (native) return { name: 'native ROM', rom: buildNativeRom(), remark: (call) => NATIVE_REASONS[call] ?? '' };
  const ours = new Map(CALLS.map(({ name, reason, binding }) => [name, reason ?? BINDINGS[binding]]));
  return { name: 'own ROM', rom: buildRom(), remark: (call) => ours.get(call)! };
}

const BINDINGS = {
  inline: 'in the translated code',
  wasm: 'a WebAssembly function',
  javascript: 'a JavaScript function',
  none: '',
};

const line = (name: string, value: string): string => `${name.padEnd(12)} ${value}`;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function headerLines({ length, api, slots, virtualTop, licence, pci, manufacturer, product }: RomHeader): string[] {
  return [
    line('maker', `${manufacturer ?? '(none)'}, ${product ?? '(no product)'}`),
    line('API version', api),
    line('ROM version', pci ? `${pci.version}, PCI ${hex(pci.vendor, 4)}:${hex(pci.device, 4)}` : '(no PCI header)'),
    line('length', `${length} bytes`),
    line('licence', licence || '(none)'),
    line('slots', String(slots)),
    line('virtual top', virtualTop === 0 ? 'none: it takes no addresses' : hex(virtualTop, 8)),
  ];
}

/** By their numbers in RELOCATION. */
const TYPES = ['none', 'call', 'jump', 'nop'] as const;

function callLines({ remark }: Source, relocations: readonly Relocation[]): string[] {
  const rows = CALLS.map(({ number, name }) => {
    const { type, target } = relocations[number]!;
    const to = type === 0 ? '' : `+${hex(target - ROM_BASE, 3)}`;
    return `${String(number).padStart(2)} ${name.padEnd(18)} ${TYPES[type].padEnd(4)} ${to.padEnd(5)} ${remark(name)}`;
  });
  const count = (type: number) => relocations.filter((relocation) => relocation.type === type).length;
  const summary = TYPES.map((name, type) => `${count(type)} ${name}`).join(', ');
  return [...rows.map((row) => row.trimEnd()), `${CALLS.length} calls: ${summary}`];
}

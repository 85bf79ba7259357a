/** The symbols of the guest's kernel: from files that the user names, and from the kernel's own memory. */
import { UserError } from '../errors.ts';
import { viewOf } from '../machine/boot/bytes.ts';
import { isElf } from '../machine/boot/elf.ts';
import type { KernelImage } from '../machine/boot/identify.ts';
import type { NamedBytes } from '../machine/boot/plan.ts';
import { type ElfFile, readElfFile } from './elf-file.ts';
import { findKallsyms } from './kallsyms.ts';
import { type CodeSymbol, SymbolTable } from './symbol-table.ts';
import { looksLikeSystemMap, parseSystemMap } from './system-map.ts';

/** Where the kernel's half of the address space begins at the earliest (the split of 2 GB each). */
const LOWEST_KERNEL_ADDRESS = 0x8000_0000;
const BANNER = 'Linux version ';

/** What a file of symbols turned out to be. */
export type SymbolFile =
  | { readonly kind: 'kernel'; readonly name: string; readonly symbols: readonly CodeSymbol[]; readonly elf?: ElfFile }
  | { readonly kind: 'program'; readonly name: string; readonly elf: ElfFile };

/** @throws UserError when it holds no symbols, or those of another kernel than this one */
export function readSymbolFile(file: NamedBytes, kernel: KernelImage): SymbolFile {
  const { name, bytes } = file;
  if (!isElf(bytes)) {
    if (!looksLikeSystemMap(bytes)) throw new UserError(`${name}: neither an ELF file nor a System.map`);
    return { kind: 'kernel', name, symbols: parseSystemMap(file) };
  }
  const elf = readElfFile(file);
  const { symbols } = elf.symbols;
  if (symbols.length === 0) throw new UserError(`${name}: an ELF file without symbols of code`);
  if (!elf.segments.some(({ address }) => address >= LOWEST_KERNEL_ADDRESS)) return { kind: 'program', name, elf };
  checkKernel(elf, kernel);
  return { kind: 'kernel', name, symbols, elf };
}

/** @throws UserError when an ELF file is not what the kernel image was made from, as far as that shows */
function checkKernel(elf: ElfFile, kernel: KernelImage): void {
  if (kernel.format === 'bzImage') {
    const booted = imageVersion(kernel.bytes);
    const described = bannerIn(elf.bytes);
    if (described !== undefined && release(described) !== release(booted))
      throw new UserError(
        `${elf.name}: symbols of Linux ${release(described)}, but ${kernel.name} is ${release(booted)}`,
      );
  } else if (isElf(kernel.bytes) && !sameCode(elf, readElfFile(kernel)))
    throw new UserError(`${elf.name}: symbols of another kernel than ${kernel.name}`);
}

const release = (version: string): string => version.split(' ', 1)[0]!;

/** The version that a bzImage's setup header points at: release, builder and build. */
function imageVersion(bytes: Uint8Array): string {
  const at = viewOf(bytes).getUint16(0x20e, true) + 0x200;
  return Buffer.from(bytes.subarray(at, at + 256))
    .toString('latin1')
    .split('\0', 1)[0]!;
}

function bannerIn(bytes: Uint8Array): string | undefined {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = image.indexOf(BANNER, 0, 'latin1');
  return at < 0 ? undefined : image.toString('latin1', at + BANNER.length, at + BANNER.length + 256);
}

const sameCode = (a: ElfFile, b: ElfFile): boolean =>
  a.segments
    .filter((segment) => segment.executable)
    .every((segment) =>
      b.segments.some((other) => other.address === segment.address && Buffer.compare(segment.bytes, other.bytes) === 0),
    );

export interface KernelNames {
  readonly table: SymbolTable;
  /** Where the names are from, in a few words; undefined without any. */
  readonly source: string | undefined;
  /** Files that do not belong to the kernel that ran, one line each. */
  readonly warnings: readonly string[];
}

/**
 * The names to use: the user's files where they fit, moved to where the kernel has put itself; else what the kernel
 * carries in its memory; else what its own file has.
 * @param ram guest RAM
 */
export function kernelNames(files: readonly SymbolFile[], kernel: KernelImage, ram: Uint8Array): KernelNames {
  const [own] = findKallsyms(ram);
  const running = own && new SymbolTable(own);
  const warnings: string[] = [];
  for (const file of files) {
    if (file.kind !== 'kernel') continue;
    const moved = running ? movement(file.symbols, running) : 0;
    if (moved === undefined) {
      warnings.push(`${file.name}: not the symbols of the kernel that runs; its own are used`);
      continue;
    }
    const symbols = file.symbols.map((symbol) => ({ ...symbol, address: (symbol.address + moved) >>> 0 }));
    return { table: new SymbolTable(symbols), source: file.name, warnings };
  }
  if (running) return { table: running, source: "the kernel's kallsyms", warnings };
  const elf = isElf(kernel.bytes) ? readElfFile(kernel) : undefined;
  const table = elf?.symbols ?? new SymbolTable([]);
  return { table, source: table.symbols.length ? kernel.name : undefined, warnings };
}

/** Symbols looked at, and the part that must agree: of some names there are several, which need not be found alike. */
const COMPARED = 500;
const AGREEMENT = 0.75;

/** How far the running kernel lies from a file's addresses; undefined when it is another kernel. */
function movement(symbols: readonly CodeSymbol[], running: SymbolTable): number | undefined {
  const step = Math.max(1, Math.floor(symbols.length / COMPARED));
  const votes = new Map<number, number>();
  let compared = 0;
  for (let n = 0; n < symbols.length; n += step) {
    compared++;
    const found = running.named(symbols[n]!.name);
    if (!found) continue;
    const by = found.address - symbols[n]!.address;
    votes.set(by, (votes.get(by) ?? 0) + 1);
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1]);
  return best && best[1] >= compared * AGREEMENT ? best[0] : undefined;
}

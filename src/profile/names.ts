/** From places in guest code to the names people know. */
import { basename } from 'node:path';
import { PAGE_SIZE } from '../../translator/layout.ts';
import type { KernelImage } from '../machine/boot/identify.ts';
import type { ElfFile } from '../symbols/elf-file.ts';
import type { ModuleSymbol } from '../symbols/kernel-modules.ts';
import type { Programs } from '../symbols/programs.ts';
import type { SymbolTable } from '../symbols/symbol-table.ts';
import { type Place, placeOf } from './frames.ts';
import type { PageStore } from './page-store.ts';

export interface Name {
  /** "kernel", the name of a kernel module in brackets, or the file name of a program. */
  readonly module: string;
  /** A function; something in brackets where there is no name but for the whole; else the address of a page. */
  readonly name: string;
  /** Bytes from the beginning of the function. */
  readonly offset: number;
  /** The name is a function's. */
  readonly known: boolean;
}

export interface NameSources {
  readonly kernel: KernelImage;
  readonly kernelSymbols: SymbolTable;
  /** Functions of the kernel's modules. */
  readonly moduleSymbols: SymbolTable<ModuleSymbol>;
  /** The kernel's own file or its symbol file, if it is ELF: says where segments lie before paging. */
  readonly kernelFile: ElfFile | undefined;
  readonly programs: Programs;
  readonly pages: PageStore;
  /** The host function that the guest finds at a linear address. */
  readonly hostFunction: (address: number) => string | undefined;
}

const KERNEL = 'kernel';

export class Names {
  readonly #sources: NameSources;
  readonly #known = new Map<number, Name>();

  constructor(sources: NameSources) {
    this.#sources = sources;
  }

  /** @param key of a place */
  of(key: number): Name {
    let name = this.#known.get(key);
    if (!name) {
      name = this.#find(placeOf(key));
      this.#known.set(key, name);
    }
    return name;
  }

  #find(place: Place): Name {
    if (place.space === 'user') return this.#program(place);
    return place.space === 'unpaged' ? this.#unpaged(place.address) : this.#kernel(place.address);
  }

  #kernel(address: number): Name {
    const { kernelSymbols, moduleSymbols, hostFunction } = this.#sources;
    const host = hostFunction(address);
    if (host) return { ...whole(KERNEL, `[VMI ${host}]`), known: true };
    const own = moduleSymbols.at(address);
    if (own) return { module: `[${own.symbol.module}]`, name: own.symbol.name, offset: own.offset, known: true };
    const found = kernelSymbols.at(address);
    if (found) return { module: KERNEL, name: found.symbol.name, offset: found.offset, known: true };
    // Behind its text lie modules that are gone or say nothing of themselves, and code that it has written itself.
    return kernelSymbols.symbols.length > 0 ? whole(KERNEL, '[module]') : page(KERNEL, address);
  }

  #unpaged(address: number): Name {
    const { kernel, kernelFile } = this.#sources;
    if (kernel.format === 'bzImage') return whole(KERNEL, '[decompressor]');
    const segment = kernelFile?.segments.find((s) => address >= s.physical && address < s.physical + s.bytes.length);
    return this.#kernel(segment ? address - segment.physical + segment.address : address);
  }

  #program({ address, page: number }: Place): Name {
    const { programs, pages } = this.#sources;
    const content = pages.pages[number];
    const found = content && programs.find(content);
    if (!found) return page('[unknown program]', address);
    const module = basename(found.file.name);
    const symbol = found.file.symbols.at(found.address + (address & (PAGE_SIZE - 1)));
    if (symbol) return { module, name: symbol.symbol.name, offset: symbol.offset, known: true };
    return { ...whole(module, `[${module}]`), offset: found.address + (address & (PAGE_SIZE - 1)) };
  }
}

const whole = (module: string, name: string): Name => ({ module, name, offset: 0, known: false });
const page = (module: string, address: number): Name => ({
  module,
  name: `0x${(address - (address % PAGE_SIZE)).toString(16).padStart(8, '0')}`,
  offset: address % PAGE_SIZE,
  known: false,
});

/** Function and offset, as kernels print them. */
export const withOffset = ({ name, offset }: Name): string => (offset ? `${name}+0x${offset.toString(16)}` : name);

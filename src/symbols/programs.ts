/** User programs: which file a page of code is from, and what its functions are called. */
import { PAGE_SIZE } from '../../translator/layout.ts';
import type { ElfFile } from './elf-file.ts';
import { hashPage } from './page-hash.ts';

/** Where in which file a page of code comes from. */
export interface CodePage {
  readonly file: ElfFile;
  /** Virtual address of the page in the file, before any relocation. */
  readonly address: number;
}

export class Programs {
  readonly #pages = new Map<number, CodePage>();

  add(file: ElfFile): void {
    for (const { address, offset, bytes, executable } of file.segments) {
      if (!executable) continue;
      const first = address & -PAGE_SIZE;
      for (let page = first; page < address + bytes.length; page += PAGE_SIZE) {
        // A kernel maps whole pages of the file, also beyond a segment; or it copies the segment alone.
        for (const content of [pageAt(file.bytes, offset + page - address), pageAt(bytes, page - address)]) {
          const hash = hashPage(new Int32Array(content.buffer));
          if (!this.#pages.has(hash)) this.#pages.set(hash, { file, address: page });
        }
      }
    }
  }

  /** @param content of a page of guest memory */
  find(content: Uint8Array): CodePage | undefined {
    return this.#pages.get(hashPage(new Int32Array(content.buffer, content.byteOffset, PAGE_SIZE / 4)));
  }
}

/** A page's bytes from an offset that may lie before the first; what is missing is zero. */
function pageAt(bytes: Uint8Array, offset: number): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(PAGE_SIZE);
  page.set(bytes.subarray(Math.max(0, offset), Math.max(0, offset + PAGE_SIZE)), Math.max(0, -offset));
  return page;
}

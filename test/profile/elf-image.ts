/** Builds an ELF kernel with one segment of code, text in it, and a symbol table. */
import { makeElf } from '../machine/boot/kernels.ts';

const CODE_SIZE = 256;
const FUNCTION = 2;
const SECTION_HEADER = 40;
const SYMTAB = 2;
const STRTAB = 3;

/** @param symbols names and addresses; the segment begins at the first */
export const makeElfWithSymbols = (symbols: readonly (readonly [string, number])[], text: string): Uint8Array => {
  const code = Buffer.alloc(CODE_SIZE);
  code.write(text, 64, 'latin1');
  const address = symbols[0]![1];
  const file = makeElf({ entry: 0x1000000, segments: [{ virtual: address, physical: 0x1000000, bytes: code }] });

  const names = Buffer.from(`\0${symbols.map(([name]) => `${name}\0`).join('')}`, 'latin1');
  const table = Buffer.alloc(symbols.length * 16);
  symbols.forEach(([name, value], n) => {
    table.writeUInt32LE(names.indexOf(`${name}\0`), n * 16);
    table.writeUInt32LE(value, n * 16 + 4);
    table.writeUInt32LE(16, n * 16 + 8);
    table[n * 16 + 12] = FUNCTION;
    table.writeUInt16LE(1, n * 16 + 14);
  });
  const section = (type: number, offset: number, size: number, link: number): Buffer => {
    const header = Buffer.alloc(SECTION_HEADER);
    [0, type, 0, 0, offset, size, link].forEach((word, n) => {
      header.writeUInt32LE(word, n * 4);
    });
    return header;
  };
  const tableAt = file.length;
  const namesAt = tableAt + table.length;
  const headersAt = namesAt + names.length;
  const whole = Buffer.concat([
    file,
    table,
    names,
    section(SYMTAB, tableAt, table.length, 1),
    section(STRTAB, namesAt, names.length, 0),
  ]);
  whole.writeUInt32LE(headersAt, 32);
  whole.writeUInt16LE(SECTION_HEADER, 46);
  whole.writeUInt16LE(2, 48);
  return new Uint8Array(whole);
};

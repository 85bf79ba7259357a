/** What a reset must forget. */
import { expect, test } from 'vitest';
import { createMachine } from '../../src/index.ts';
import { ENTRY, flatKernel, word } from '../support/flat-kernel.ts';

/** RAM that no kernel is loaded to keeps its content over a reset. */
const RESETS = 0x20_0000;

test.each([[{ threshold: 0 }], [{ jit: false }]])(
  'a reset loads the kernel anew, and no code of before runs %j',
  async (engine) => {
    const code = [
      ...[0xeb, 0], // jmp again: what is jumped to is looked up among translated code
      ...[0xb0, 0x41], // again: mov al, 'A'
      ...[0xba, ...word(0x3f8)], // mov edx, 3f8h
      0xee, // out dx, al
      ...[0x8b, 0x1d, ...word(RESETS)], // mov ebx, [RESETS]
      ...[0x09, 0xcb], // or ebx, ecx
      ...[0x75, 7], // jnz changed: only the first pass of all changes the code
      ...[0xc6, 0x05, ...word(ENTRY + 3), 0x42], // mov byte [again + 1], 'B'
      0x41, // changed: inc ecx
      ...[0x83, 0xf9, 5], // cmp ecx, 5
      ...[0x72, -31 & 0xff], // jb again
      ...[0xff, 0x05, ...word(RESETS)], // inc dword [RESETS]
      ...[0x80, 0x3d, ...word(RESETS), 2], // cmp byte [RESETS], 2
      ...[0x74, 6], // jz end
      ...[0xb0, 0xfe], // mov al, feh
      ...[0xe6, 0x64], // out 64h, al: the keyboard controller pulls RESET
      ...[0xeb, 0xfe], // wait: jmp wait
      ...[0x0f, 0x0b], // end: ud2, without an interrupt table
    ];
    const machine = await createMachine({ kernel: flatKernel(code), memory: 16 << 20, engine });
    let output = '';
    machine.console.output.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
    });
    expect(await machine.run()).toMatchObject({ reason: 'crash' });
    await machine.stop();
    expect(output).toBe('ABBBBAAAAA');
  },
);

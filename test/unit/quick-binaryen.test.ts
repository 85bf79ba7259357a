/** The compile worker's binaryen: that its short cuts are taken with the package installed, and change nothing. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { quickInvokes } from '../../translator/wasm/binaryen-calls.ts';
import { takeApart } from '../../translator/wasm/binaryen-source.ts';

const source = readFileSync(fileURLToPath(import.meta.resolve('binaryen')));

/** Prints a module that binaryen has made, and how many of its imports were themselves WebAssembly. */
const script = (quick: boolean): string => `
  const { Instance } = WebAssembly;
  let fromWasm = 0;
  WebAssembly.Instance = function (module, imports = {}) {
    const functions = Object.values(imports).flatMap((from) => Object.values(from));
    fromWasm = Math.max(fromWasm, functions.filter((one) => String(one).includes('[native code]')).length);
    return new Instance(module, imports);
  };
  import { withQuickBinaryen } from './translator/wasm/quick-binaryen.ts';
  const load = () => import('binaryen');
  const { default: binaryen } = await (${quick} ? withQuickBinaryen(load) : load());
  const module = binaryen.parseText(\`(module
    (memory 1)
    (table 2 funcref)
    (elem (i32.const 0) $f $f)
    (func $f (export "f") (param i32 i32) (result i32)
      (loop $l (br_if $l (i32.load (local.get 0))))
      (call_indirect (param i32 i32) (result i32) (local.get 1) (local.get 0) (i32.const 1)))
  )\`);
  module.optimize();
  console.log(JSON.stringify({ fromWasm, wasm: Buffer.from(module.emitBinary()).toString('hex') }));
`;

test('binaryen’s WebAssembly is taken out of its source', () => {
  const { text, wasm } = takeApart(source)!;
  expect(text.length).toBeLessThan(source.length / 20);
  expect(WebAssembly.validate(wasm)).toBe(true);
});

test('a source without such a literal is left alone', () => {
  expect(takeApart(Buffer.from('export default `\\x00asm`;'))).toBeUndefined();
});

test('a module that is not made by Emscripten keeps its imports', () => {
  const imports = { env: { f: () => {} } };
  expect(quickInvokes(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), imports).imports).toEqual(imports);
});

test('what it emits is the same byte for byte, without its calls by way of JavaScript', async () => {
  const run = async (quick: boolean): Promise<{ wasm: string; fromWasm: number }> => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(quick)]);
    return JSON.parse(stdout);
  };
  const plain = await run(false);
  expect(plain).toMatchObject({ fromWasm: 0, wasm: expect.stringMatching(/^0061736d/) });
  const quick = await run(true);
  expect(quick.wasm).toBe(plain.wasm);
  expect(quick.fromWasm).toBeGreaterThan(20);
}, 60_000);

/** What the translator makes of a sequence, as WebAssembly text. */
import wabt from 'wabt';
import { MODE, RAM } from '../../translator/layout.ts';
import { translateModule } from '../../translator/region/translate.ts';
import { CODE, CODE_SIZE, type Start } from './layout.ts';

const toolkit = await wabt();
const REGION_LIMIT = 200;

/** The region that begins where the sequence does, as the emulated CPU's mode has it. */
export const wasmOf = ({ code }: Start): string => {
  const mode = MODE.flat | MODE.code32 | MODE.stack32 | MODE.user;
  const pages = [{ number: CODE / CODE_SIZE, entry: RAM | 1 }];
  const { bytes } = translateModule([{ eip: CODE, mode, pages }], new Map([[RAM | 1, code]]), {
    regionLimit: REGION_LIMIT,
    precise: true,
  });
  const module = toolkit.readWasm(bytes, { tail_call: true });
  module.generateNames();
  module.applyNames();
  return module.toText({ foldExprs: true });
};

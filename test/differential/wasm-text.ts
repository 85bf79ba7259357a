/** What the translator makes of a sequence, as WebAssembly text. */
import { MODE, RAM } from '../../translator/layout.ts';
import { listRegion } from '../../translator/region/listing.ts';
import { CODE, CODE_SIZE, type Start } from './layout.ts';

const REGION_LIMIT = 200;

/** The region that begins where the sequence does, as the emulated CPU's mode has it. */
export const wasmOf = ({ code }: Start): string => {
  const mode = MODE.flat | MODE.code32 | MODE.stack32 | MODE.user;
  const request = { eip: CODE, mode, pages: [{ number: CODE / CODE_SIZE, entry: RAM | 1 }] };
  const listing = listRegion(request, new Map([[RAM | 1, code]]), { regionLimit: REGION_LIMIT, precise: true });
  return listing ? listing.lines.map(({ text }) => text).join('\n') : 'not translated';
};

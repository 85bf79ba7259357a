/** What regions import from the core module: memory accesses that their own TLB check did not settle. */
import { PAGE_SIZE, STATE } from '../layout.ts';
import type { Callee } from '../wasm/code.ts';
import type { ModuleBuilder } from '../wasm/module.ts';

/**
 * Defines hostForRead and hostForWrite: (linear, bytes) → host address of an access within one page of RAM, or
 * negative where the interpreter must do it. A fault found on the way is left for the interpreter to find again.
 */
export const defineRegionSupport = (builder: ModuleBuilder, imports: Record<string, Callee>): Callee[] =>
  [
    { name: 'hostForRead', table: STATE.tlbRead, probe: 'probeRead' },
    { name: 'hostForWrite', table: STATE.tlbWrite, probe: 'probeWrite' },
  ].map(({ name, table, probe }) =>
    builder.define(name, ['i32', 'i32'], 'i32', (c, linear, bytes) => {
      const entry = c.load(c.add(c.load(table), c.shl(c.shrU(c.get(linear), 12), 2)));
      const host = c.copy(c.add(entry, c.get(linear)));
      c.if(c.leU(c.and(host, 0x80000fff), c.sub(PAGE_SIZE, c.get(bytes))), () => c.return(host));
      const found = c.call(imports[probe]!, c.get(linear), c.get(bytes));
      c.if(c.ltS(found, 0), () => c.store(STATE.faultVector, -1));
      return found;
    }),
  );

/** Walks of the page tables, and what makes the TLB forget. */
import { PF } from '../../runtime/memory/walk.ts';
import { hex, type TraceHook } from './context.ts';

const purpose = (access: number): string =>
  `${access & PF.user ? 'user' : 'supervisor'} ${access & PF.fetch ? 'fetch' : access & PF.write ? 'write' : 'read'}`;

export const tracePages: TraceHook = ({ cpu: { mmu, observers }, write }) => {
  const { translate, flush, flushAll, invalidatePage } = mmu;
  mmu.translate = (linear, access) => {
    const page = translate.call(mmu, linear, access);
    // Observed pages miss each time, for the observer's sake.
    const observed = access & PF.fetch ? observers.watchesCode(linear) : observers.watchesData(linear);
    if (observed && page >= 0) return page;
    const result = page < 0 ? `page fault ${hex(~page, 4)}` : `page ${hex(page, 5)}`;
    write(linear >>> 0, `${purpose(access)}: ${result}`);
    return page;
  };
  mmu.flush = () => {
    write(undefined, 'flush');
    flush.call(mmu);
  };
  mmu.flushAll = () => {
    write(undefined, 'flush, global pages too');
    flushAll.call(mmu);
  };
  mmu.invalidatePage = (linear) => {
    write(linear >>> 0, 'invalidate');
    invalidatePage.call(mmu, linear);
  };
};

/** Regions: made, and dropped because their code was written to. */
import type { RegionLog } from '../../runtime/jit/region-log.ts';
import { here, hex, type TraceContext, type TraceHook } from './context.ts';

/** No record: the number of a region that nobody keeps. */
const NOBODY = -1;

/** Reports regions, and hands them on. */
export const tracedLog = (context: () => TraceContext, inner: RegionLog | undefined): RegionLog => ({
  added: (installed) => {
    const { request, region } = installed;
    const bytes = region.ranges.reduce((sum, [, length]) => sum + length, 0);
    context().write(request.eip >>> 0, `region: ${region.size} instructions in ${bytes} bytes`);
    return inner?.added(installed) ?? NOBODY;
  },
});

export const traceJit: TraceHook = ({ cpu, write }) => {
  const { translation } = cpu;
  const { onCodeWrite } = translation;
  const dropped = () => translation.stats().invalidations;
  translation.onCodeWrite = (physical, bytes) => {
    const before = dropped();
    onCodeWrite.call(translation, physical, bytes);
    const count = dropped() - before;
    if (count > 0) write(here(cpu), `write of ${bytes} bytes at physical ${hex(physical)} drops regions: ${count}`);
  };
};

/** The counters of a machine, in the shape of the public API. */
import type { Processor } from '../../runtime/processor.ts';
import { reportCalls } from '../hypervisor/report.ts';
import type { Stats } from './api.ts';

/** What the run loop knows of time, in ns of the guest's and ms of the host's. */
export interface Times {
  readonly guest: number;
  readonly slept: number;
}

export const collectStats = (cpu: Processor, vmi: boolean, { guest, slept }: Times): Stats => {
  const { user, system } = process.cpuUsage();
  const translation = cpu.translation.stats();
  const { spaces } = cpu.mmu;
  const exceptions: Record<string, number> = {};
  cpu.delivered.forEach((count, vector) => {
    if (count) exceptions[vector] = count;
  });
  return {
    instructions: { interpreter: cpu.instructions - translation.instructions, translated: translation.instructions },
    regions: translation.regions,
    modules: translation.modules,
    codeBytes: translation.codeBytes,
    compileSeconds: translation.compileSeconds,
    transfers: translation.transfers,
    invalidations: translation.invalidations,
    tlbMisses: cpu.mmu.tlb.misses,
    exceptions,
    guestSeconds: guest / 1e9,
    idleSeconds: slept / 1e3,
    ...(vmi && { vmi: reportCalls(cpu) }),
    cpuSeconds: (user + system) / 1e6,
    peakRss: process.resourceUsage().maxRSS * 1024,
    counters: {
      tlbFlushes: cpu.mmu.tlb.flushes,
      spacesKept: spaces.switchesKept,
      translationsRestored: spaces.restored,
      translationsPrefilled: spaces.prefilled,
      tableChangesBatched: spaces.batched,
      ...translation.counters,
    },
  };
};

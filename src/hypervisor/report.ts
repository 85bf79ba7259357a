/** What became of a kernel's VMI calls: which are part of translated code, and which are not. */
import type { Processor } from '../../runtime/processor.ts';
import type { VmiStats } from '../machine/api.ts';
import { CALLS } from './calls.ts';

const INLINED = new Set(CALLS.filter(({ binding }) => binding === 'inline').map(({ name }) => name));

export const reportCalls = ({ hostFunctions, translation }: Processor): VmiStats => {
  const bound = translation.hostCalls();
  const names = [...bound.values()];
  const inlined = names.filter((name) => INLINED.has(name)).length;
  const unbound = [...hostFunctions.sites()]
    .filter(({ back }) => !bound.has(back))
    .map(({ back, physical, name }) => ({
      returnAddress: back >>> 0,
      call: name,
      translated: translation.covers(physical),
    }));
  for (const { last, target } of translation.unboundJumps()) {
    const call = hostFunctions.nameAt(target);
    if (call !== undefined) unbound.push({ returnAddress: (last + 1) >>> 0, call, translated: true });
  }
  return {
    inlinedSites: inlined,
    importedSites: names.length - inlined,
    interpreted: Object.fromEntries(hostFunctions.interpreted),
    unbound,
  };
};

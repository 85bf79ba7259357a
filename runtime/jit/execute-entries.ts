/**
 * Execute entries of the TLB, by linear page: the host address of the page | 1, or 0 where nothing has been executed
 * lately. What is asked of the translator is known by them.
 */
import { PAGE_SIZE, RAM, STATE } from '../../translator/layout.ts';
import type { CpuState } from '../state.ts';

/** `page`: its linear number. */
export const executeEntry = (state: CpuState, page: number): number => state.get(state.get(STATE.tlbExec) + page * 4);

/** Host address of the page that an entry is for. */
export const pageOf = (entry: number): number => entry & -PAGE_SIZE;

/** Host address of a linear one in it. */
export const hostIn = (entry: number, linear: number): number => pageOf(entry) | (linear & (PAGE_SIZE - 1));

/** Physical address of a linear one in it, in bytes. */
export const physicalIn = (entry: number, linear: number): number => hostIn(entry, linear) - RAM;

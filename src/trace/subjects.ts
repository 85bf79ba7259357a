/** What can be traced. The address of a line, which ranges select by, is linear. */
export const TRACE_SUBJECTS = {
  exec: 'every instruction, by its address',
  exceptions: 'faults and traps, by the instruction they meet',
  interrupts: 'hardware interrupts and INT n, by the instruction they come before or are',
  pages: 'page-table walks after TLB misses, by the address accessed, and flushes',
  vmi: 'VMI calls, by their return address',
  io: 'ports and device memory, by the instruction',
  jit: 'regions translated, by their entry, and dropped',
} as const;
export type TraceSubject = keyof typeof TRACE_SUBJECTS;

/** What the interpreters, regions and the dispatcher return to each other and to the runtime. */

/** Why the hot interpreter returned. */
export const HOT_EXIT = {
  /** The instruction at EIP is for the complete interpreter. */
  slow: 0,
  /** No fuel left. */
  fuel: 1,
  /** EIP is the entry of a region, translated or worth translating. */
  entry: 2,
} as const;

/** What the complete interpreter's `step` returns. */
export const STEP = { done: 0, fault: 1 } as const;

/** Why a region comes back, as it leaves it in STATE.leaving. */
export const REGION_EXIT = {
  /** To go on at EIP. */
  next: 0,
  /** The complete interpreter is to do the instruction at EIP. */
  slow: 1,
  /** To go on, but mode and requests may have changed. */
  again: 2,
  /** As slow, for memory that the TLB does not lead to at once; STATE.leftBy says which region it was. */
  access: 3,
} as const;

/** Why the dispatcher's `run` returned. */
export const RUN_EXIT = {
  /** The fuel is used up. */
  fuel: 0,
  /** STATE.request has something that is due now. */
  request: 1,
  /** The instruction at EIP faulted: STATE.faultVector and faultCode. */
  fault: 2,
  /** EIP has become hot and no region is there. */
  hot: 3,
  /** A region has been left for its accesses as often as STATE.patience allows: STATE.leftBy. */
  access: 4,
} as const;

/** What the runtime's function `linear` is to know of an access. */
export const LINEAR = { write: 1, alignedAnyway: 2 } as const;

/** What the processor knows of its translator: where heat is reported, and who must hear of changed code. */
export interface Translation {
  /** Executions after which a region entry is reported. */
  readonly threshold: number;
  /** EIP is hot, and the jump cache has no region for it. */
  heat(eip: number): void;
  /** Bytes of RAM that translated code was made from have changed. */
  onCodeWrite(physical: number, bytes: number): void;
  /** Whether translated code was made from any of these bytes, all in one page. */
  codeOverlaps(physical: number, bytes: number): boolean;
}

/** The interpreter alone. */
export const NO_TRANSLATION: Translation = {
  threshold: 0x7fff_ffff,
  heat: () => {},
  onCodeWrite: () => {},
  codeOverlaps: () => false,
};

/** What the translator's side of a CPU knows of an entry: a region, or what is to become one. */
import type { TranslatedRegion } from '../../translator/region/request.ts';
import type { CodeOwner } from './code-map.ts';

export interface Entry extends CodeOwner {
  /** Host address of the first byte, EIP and mode: what the region is found by. */
  readonly host: number;
  readonly eip: number;
  readonly mode: number;
  /** A wide region, or wanted as one. */
  readonly wide: boolean;
  /** A patient region, or wanted as one (RegionRequest). */
  readonly patient: boolean;
  /** Runs that have ended in it; and how many it takes to make it wide, once that is known. */
  samples: number;
  price: number;
  /** Cleared when the code it was made from has changed. */
  valid: boolean;
  /** Index in the function table; 0 while it is being translated, and where that is not possible. */
  index: number;
  size: number;
  /** Once it is translated. */
  readonly region?: TranslatedRegion;
  /** What the log calls it. */
  record: number;
}

export const keyOf = (host: number, eip: number, mode: number): string => `${host},${eip},${mode}`;

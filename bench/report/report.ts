/** What every form of a report is made from. */

/** Bars side by side: one group of bars a category, one bar in it a series. */
export interface Chart {
  readonly categories: readonly string[];
  /** Undefined where a series has no figure. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
  /** What the values are. */
  readonly unit: string;
  /** For values that differ by orders of magnitude. */
  readonly logarithmic?: boolean;
}

export interface Section {
  readonly title: string;
  /** The first column names the rows. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly chart?: Chart;
}

export interface Report {
  readonly title: string;
  readonly sections: readonly Section[];
  /** What is missing, failed or wrong. */
  readonly remarks: readonly string[];
}

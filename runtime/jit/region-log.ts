/** Who keeps a record of regions: profiles. */
import type { RegionRequest, TranslatedRegion } from '../../translator/region/request.ts';

export interface InstalledRegion {
  readonly request: RegionRequest;
  readonly region: TranslatedRegion;
  /** Of its module: the counters, if it has any. */
  readonly exports: WebAssembly.Exports;
}

export interface RegionLog {
  /** A region has been made, from memory as it is now; gives the number it is known by. */
  added(installed: InstalledRegion): number;
}

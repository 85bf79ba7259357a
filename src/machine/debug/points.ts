/** Breakpoints and watchpoints, by linear address. */
export const POINT_KINDS = ['software', 'hardware', 'write', 'read', 'access'] as const;
export type PointKind = (typeof POINT_KINDS)[number];

export interface Point {
  /** The first two stop before an instruction, the others behind one that has made the access. */
  readonly kind: PointKind;
  /** Linear, unsigned. */
  readonly address: number;
  /** Bytes watched, from 1; without meaning for breakpoints. */
  readonly length: number;
}

const PAGE_SHIFT = 12;

const isBreakpoint = ({ kind }: Point): boolean => kind === 'software' || kind === 'hardware';

const same = (a: Point, b: Point): boolean => a.kind === b.kind && a.address === b.address && a.length === b.length;

/** The points that are set, and the pages they lie in. Setting one twice is setting it once. */
export class Points {
  #list: readonly Point[] = [];
  #codePages: ReadonlySet<number> = new Set();
  #dataPages: ReadonlySet<number> = new Set();

  set(point: Point): void {
    this.clear(point);
    this.#replace([...this.#list, point]);
  }

  clear(point: Point): void {
    this.#replace(this.#list.filter((one) => !same(one, point)));
  }

  clearAll(): void {
    this.#replace([]);
  }

  hasCodePage(page: number): boolean {
    return this.#codePages.has(page);
  }

  hasDataPage(page: number): boolean {
    return this.#dataPages.has(page);
  }

  breakpointAt(address: number): Point | undefined {
    return this.#list.find((point) => point.address === address && isBreakpoint(point));
  }

  /** The watchpoint that an access meets. */
  watchpointFor(address: number, bytes: number, write: boolean): Point | undefined {
    const kind = write ? 'write' : 'read';
    return this.#list.find(
      (point) =>
        (point.kind === kind || point.kind === 'access') &&
        address < point.address + point.length &&
        point.address < address + bytes,
    );
  }

  #replace(list: readonly Point[]): void {
    this.#list = list;
    const pagesOf = (points: readonly Point[]) => new Set(points.flatMap(pages));
    this.#codePages = pagesOf(list.filter(isBreakpoint));
    this.#dataPages = pagesOf(list.filter((point) => !isBreakpoint(point)));
  }
}

const pages = (point: Point): number[] => {
  const first = point.address >>> PAGE_SHIFT;
  const last = isBreakpoint(point) ? first : Math.floor((point.address + point.length - 1) / 2 ** PAGE_SHIFT);
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
};

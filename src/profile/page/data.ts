/** What a profile's page is made from: the profile as plain data, cut to what a page can show. */
import type { ListedInstruction, RegionListing } from '../../../translator/region/listing.ts';
import type { Exits, Profile, RegionProfile } from '../profile.ts';
import { frameName } from '../stacks.ts';

/** Of the whole: what is less is neither seen nor looked for. */
const SMALLEST_REGION = 0.0005;
const MOST_REGIONS = 60;
const MOST_FUNCTIONS = 300;

export interface PageInstruction {
  readonly address: string;
  readonly bytes: string;
  readonly text: string;
  /** WebAssembly instructions made of it. */
  readonly wasm: number;
  /** Executions, or those that samples stand for. */
  readonly count: number;
  /** Calls the host bound here, and ways out. */
  readonly notes: readonly string[];
}

export interface PageRegion {
  readonly name: string;
  readonly address: string;
  readonly share: number;
  readonly instructions: number;
  readonly size: number;
  readonly executions: number | undefined;
  readonly exits: Exits;
  readonly translations: number;
  readonly wasmInstructions: number;
  readonly wasmBytes: number;
  readonly code: readonly PageInstruction[];
  /** Lines of WebAssembly text, each with the position in `code` that it was made for, or -1. */
  readonly wasm: readonly (readonly [code: number, text: string, instructions: number])[];
  readonly calls: readonly string[];
  readonly bound: readonly { readonly address: string; readonly name: string; readonly how: string }[];
}

export interface PageData {
  readonly exact: boolean;
  readonly summary: readonly (readonly [what: string, value: string])[];
  /** Of functions, with their program or module: see frameName. */
  readonly names: readonly string[];
  readonly modules: readonly string[];
  /** Nodes of the stacks: parent, number of the name, number of the module, instructions, seconds. */
  readonly stacks: readonly (readonly [number, number, number, number, number])[];
  readonly functions: readonly (readonly [
    name: string,
    share: number,
    instructions: number,
    seconds: number,
    translated: number,
  ])[];
  readonly regions: readonly PageRegion[];
}

const hex = (address: number): string => (address >>> 0).toString(16).padStart(8, '0');

export const pageData = async (profile: Profile): Promise<PageData> => {
  const names = numbers<string>();
  const modules = numbers<string>();
  const stacks = profile.stacks.map(
    ({ parent, name, module, instructions, seconds }) =>
      [
        parent,
        names.of(frameName({ name, module })),
        modules.of(module),
        instructions,
        Number(seconds.toFixed(6)),
      ] as const,
  );
  const regions: PageRegion[] = [];
  for (const region of profile.regions.slice(0, MOST_REGIONS)) {
    if (region.share < SMALLEST_REGION) break;
    const listing = await region.list();
    if (listing) regions.push(pageRegion(region, listing));
  }
  return {
    exact: profile.exact,
    summary: [
      ['Guest instructions', profile.instructions.toLocaleString('en')],
      ['In translated code', `${((100 * profile.translated) / (profile.instructions || 1)).toFixed(1)}%`],
      ['Host time while the guest ran', `${profile.seconds.toFixed(2)} s`],
      ['Samples', `${profile.samples.toLocaleString('en')}${profile.exact ? ', executions counted' : ''}`],
      ['Kernel names from', profile.symbols ?? 'nowhere'],
    ],
    names: names.list,
    modules: modules.list,
    stacks,
    functions: profile.functions
      .slice(0, MOST_FUNCTIONS)
      .map((f) => [
        frameName(f),
        f.share,
        f.instructions,
        f.seconds,
        f.instructions ? f.translated / f.instructions : 0,
      ]),
    regions,
  };
};

const numbers = <T>() => {
  const known = new Map<T, number>();
  const list: T[] = [];
  const of = (value: T): number => {
    let number = known.get(value);
    if (number === undefined) {
      number = list.push(value) - 1;
      known.set(value, number);
    }
    return number;
  };
  return { of, list };
};

const pageRegion = (region: RegionProfile, listing: RegionListing): PageRegion => {
  const position = new Map(listing.instructions.map(({ eip }, n) => [eip, n]));
  const { share, instructions, size, executions, exits, translations } = region;
  return {
    name: frameName(region),
    share,
    instructions,
    size,
    executions,
    exits,
    translations,
    address: hex(region.address),
    wasmInstructions: listing.wasmInstructions,
    wasmBytes: listing.wasmBytes,
    code: listing.instructions.map((instruction) => pageInstruction(instruction, region, listing)),
    wasm: listing.lines
      .filter(({ text }) => text)
      .map(({ eip, text, instructions }) => [eip === undefined ? -1 : position.get(eip)!, text, instructions] as const),
    calls: listing.calls,
    bound: region.bound.map(({ address, name, how }) => ({ address: hex(address), name, how })),
  };
};

const pageInstruction = (
  { eip, bytes, text, wasm }: ListedInstruction,
  { counts, bound }: RegionProfile,
  { endings }: RegionListing,
): PageInstruction => ({
  address: hex(eip),
  bytes: Buffer.from(bytes).toString('hex').replace(/../g, '$& ').trimEnd(),
  text,
  wasm,
  count: counts.get(eip >>> 0) ?? 0,
  notes: [
    ...bound.filter(({ address }) => address === eip >>> 0).map(({ name, how }) => `${name}: ${how}`),
    ...endings
      .filter((ending) => ending.eip === eip)
      .map(({ to, why }) => `ends: ${to === undefined ? '' : `${hex(to)}: `}${why}`),
  ],
});

/** Whether WebAssembly's relaxed multiplication and subtraction round once here: V8 uses FMA where the processor has it. */

/** (a: f64) → a · a, rounded, less a · a. In binary: who asks may be without binaryen. */
const LOSS = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // One function f64 → f64, exported as "loss".
  ...[1, 6, 1, 0x60, 1, 0x7c, 1, 0x7c, 3, 2, 1, 0, 7, 8, 1, 4, 0x6c, 0x6f, 0x73, 0x73, 0, 0],
  ...[10, 25, 1, 23, 0],
  // local.get 0, f64x2.splat, twice
  ...[0x20, 0, 0xfd, 0x14, 0x20, 0, 0xfd, 0x14],
  // local.get 0, local.get 0, f64.mul, f64x2.splat
  ...[0x20, 0, 0x20, 0, 0xa2, 0xfd, 0x14],
  // f64x2.relaxed_nmadd, f64x2.extract_lane 0, end
  ...[0xfd, 0x88, 0x02, 0xfd, 0x21, 0, 0x0b],
);

let known: boolean | undefined;

/** The same in all code of a process, whichever of V8's compilers made it. */
export const roundsOnce = (): boolean => {
  known ??= tryIt();
  return known;
};

const tryIt = (): boolean => {
  if (!WebAssembly.validate(LOSS)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(LOSS));
  return (exports['loss'] as (a: number) => number)(1 + Number.EPSILON) !== 0;
};

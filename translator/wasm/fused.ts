/** Whether WebAssembly's relaxed multiplication and subtraction round once here: V8 uses FMA where the processor has it. */
import { moduleOf, name, SECTION, section, sized, vector } from './binary.ts';

let known: boolean | undefined;

/** The same in all code of a process, whichever of V8's compilers made it. */
export const roundsOnce = (): boolean => {
  known ??= tryIt();
  return known;
};

const F64 = 0x7c;
const FUNCTION_TYPE = 0x60;
const [LOCAL_GET, F64_MUL, END] = [0x20, 0xa2, 0x0b];
/** f64x2: splat, relaxed_nmadd, extract_lane. */
const [SPLAT, NMADD, EXTRACT] = [
  [0xfd, 0x14],
  [0xfd, 0x88, 0x02],
  [0xfd, 0x21],
] as const;

/** loss(a) = fl(a · a) − a · a: by hand, for the thread that runs the guest does without binaryen. */
const lossModule = (): Uint8Array<ArrayBuffer> => {
  const a = [LOCAL_GET, 0];
  const product = [...a, ...a, F64_MUL, ...SPLAT];
  const body = [...a, ...SPLAT, ...a, ...SPLAT, ...product, ...NMADD, ...EXTRACT, 0, END];
  return moduleOf(
    section(SECTION.type, vector([[FUNCTION_TYPE, 1, F64, 1, F64]])),
    section(SECTION.function, vector([[0]])),
    section(SECTION.export, vector([[...name('loss'), 0, 0]])),
    section(SECTION.code, vector([sized([0, ...body])])),
  );
};

const tryIt = (): boolean => {
  const bytes = lossModule();
  if (!WebAssembly.validate(bytes)) return false;
  const loss = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports['loss'] as (a: number) => number;
  return loss(1 + Number.EPSILON) !== 0;
};

/** Whether WebAssembly's relaxed multiplication and subtraction round once here: V8 uses FMA where the processor has it. */
import { ModuleBuilder } from './module.ts';
import { vector } from './vector.ts';

let known: boolean | undefined;

/** The same in all code of a process, whichever of V8's compilers made it. */
export const roundsOnce = (): boolean => {
  known ??= tryIt();
  return known;
};

const tryIt = (): boolean => {
  const builder = new ModuleBuilder();
  builder.define(
    'loss',
    ['f64'],
    'f64',
    (c, a) => {
      const v = vector(c);
      const both = (): ReturnType<typeof v.splat> => v.splat('f64x2', c.get(a!));
      const product = v.splat('f64x2', c.op2('f64', 'mul', c.get(a!), c.get(a!)));
      return v.lane('f64x2', v.lessProduct(product, both(), both()), 0);
    },
    true,
  );
  const bytes = builder.emit() as BufferSource;
  builder.dispose();
  if (!WebAssembly.validate(bytes)) return false;
  const loss = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536 }) },
  }).exports['loss'] as (a: number) => number;
  return loss(1 + Number.EPSILON) !== 0;
};

import { planBzImage } from './bzimage.ts';
import { planElf } from './elf.ts';
import type { KernelImage } from './identify.ts';
import { planMultiboot } from './multiboot.ts';
import type { LoadInputs, LoadPlan, LoadTarget, StartState } from './plan.ts';
import { applyPlan, checkPlan } from './plan.ts';

/**
 * What loading a kernel would put where, without a machine.
 * @throws UserError when kernel, initrd or command line do not fit into the given memory map
 */
export function planKernel(kernel: KernelImage, inputs: LoadInputs): LoadPlan {
  return checkPlan(planFor(kernel, inputs), kernel.name, inputs.e820);
}

/**
 * Loads a kernel into RAM; may be repeated after a reset.
 * @returns the CPU state it must start in
 * @throws UserError when kernel, initrd or command line do not fit
 */
export function loadKernel(kernel: KernelImage, target: LoadTarget, inputs: Omit<LoadInputs, 'e820'>): StartState {
  return applyPlan(planKernel(kernel, { ...inputs, e820: target.e820 }), target.memory);
}

function planFor(kernel: KernelImage, inputs: LoadInputs): LoadPlan {
  switch (kernel.format) {
    case 'bzImage':
      return planBzImage(kernel, inputs);
    case 'elf':
      return planElf(kernel, inputs);
    case 'multiboot':
      return planMultiboot(kernel, inputs);
  }
}

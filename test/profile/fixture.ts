/** A profile made by hand. */

import type { Profile, RegionProfile, StackNode } from '../../src/profile/profile.ts';
import { MODE, RAM } from '../../translator/layout.ts';
import { listRegion } from '../../translator/region/listing.ts';

const node = (parent: number, module: string, name: string, instructions: number): StackNode => ({
  parent,
  module,
  name,
  instructions,
  translated: instructions,
  samples: instructions / 100,
  seconds: instructions / 1e6,
});

/** kernel: start → work → </script>; program: main. */
const stacks: StackNode[] = [
  node(-1, 'kernel', 'start', 0),
  node(0, 'kernel', 'work', 3000),
  node(1, 'kernel', '</script>;odd', 1000),
  node(-1, 'bench', 'main', 6000),
];
const total = 10_000;

const ADDRESS = 0x1000;
/** add [ebx+8], eax; dec ecx; jnz to the first; hlt. */
const CODE = [0x01, 0x43, 0x08, 0x49, 0x75, 0xfa, 0xf4];

const list: RegionProfile['list'] = async () => {
  const page = new Uint8Array(4096);
  page.set(CODE);
  const request = {
    eip: ADDRESS,
    mode: MODE.flat | MODE.code32 | MODE.stack32,
    pages: [{ number: ADDRESS >>> 12, entry: RAM | 1 }],
  };
  return listRegion(request, new Map([[RAM | 1, page]]), { regionLimit: 200, precise: false });
};

export const PROFILE: Profile = {
  exact: true,
  instructions: total,
  translated: total,
  samples: 100,
  seconds: 0.01,
  symbols: 'vmlinux',
  warnings: [],
  stacks,
  functions: [...stacks]
    .filter(({ instructions }) => instructions > 0)
    .sort((a, b) => b.instructions - a.instructions)
    .map(({ parent: _, ...own }) => ({
      ...own,
      share: own.instructions / total,
      sampledShare: own.instructions / total,
      executions: 7,
      exits: { return: 7 },
    })),
  regions: [
    {
      address: ADDRESS,
      module: 'kernel',
      name: 'work',
      size: 3,
      translations: 1,
      instructions: 3000,
      share: 0.3,
      executions: 10,
      exits: { jump: 10 },
      counts: new Map([
        [0x1000, 1000],
        [0x1003, 1000],
        [0x1004, 1000],
      ]),
      bound: [{ address: 0x1003, name: 'DisableInterrupts', how: 'in line' }],
      list,
    },
  ],
};

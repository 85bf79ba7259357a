/** `vmi86 bench peers`: one guest and the same programs in vmi86, in what a user would run instead, and on the host. */
import { UserError } from '../../src/errors.ts';
import { PROGRAMS } from '../programs/table.ts';
import type { Subject } from '../session/rounds.ts';
import { exactly } from '../session/turns.ts';
import type { Context, Suite } from '../suite.ts';
import { NATIVE, native } from './native.ts';
import type { Peer } from './peer.ts';
import { qemu } from './qemu.ts';
import { peersReport } from './report.ts';
import { v86 } from './v86.ts';
import { vmi86, vmi86Interpreter, vmi86Profile } from './vmi86.ts';

const PEERS: readonly Peer[] = [vmi86, qemu, v86, vmi86Interpreter, vmi86Profile];
/** The others only run when they are named. */
const USUAL = [NATIVE, vmi86.name, qemu.name, v86.name];

/** Context switches in other sizes than the smallest and the largest belong to `micro`. */
const LEFT_OUT = ['2p/16K', '2p/64K', '8p/16K', '8p/64K', '16p/16K'];

function subject(name: string, { programs, guest }: Context): Subject {
  if (name === NATIVE) return native(programs);
  const peer = PEERS.find((one) => one.name === name);
  if (peer === undefined)
    throw new UserError(`--peers: ${[NATIVE, ...PEERS.map((one) => one.name)].join(', ')}; not ${name}`);
  return {
    name,
    async prepare() {
      const made = await guest();
      return { command: await peer.command(made), guest: made };
    },
  };
}

export const peersSuite: Suite = {
  programs: PROGRAMS.filter(({ name }) => !LEFT_OUT.includes(name)),
  parts: [],
  warmUp: 1,
  counted: exactly(1),
  together: false,
  idleSeconds: 4,
  embedded: false,
  subjects: ({ peers = USUAL }, context) => peers.map((name) => subject(name, context)),
  report: (_options, programs, records) => peersReport(programs, records),
};

/**
 * Boots one Debian kernel in vmi86 and in what a user would run instead, in interleaved rounds, and prints what each
 * took.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { debianGuest, FLAVOURS, type Flavour, READY } from '../../test/support/debian.ts';
import { measure, type Sample } from './measure.ts';
import type { Boot, Peer } from './peer.ts';
import { qemu } from './peer-qemu.ts';
import { v86 } from './peer-v86.ts';
import { vmi86, vmi86Interpreter } from './peer-vmi86.ts';
import { summarize } from './statistics.ts';
import { type Row, table } from './table.ts';

const PEERS: readonly Peer[] = [qemu, v86, vmi86, vmi86Interpreter];

interface Options {
  rounds: number;
  only: readonly Peer[];
  kernel: Flavour;
  memory: number;
  timeout: number;
  json?: string;
}

/** What is known of a peer so far. A peer that failed once is not run again. */
interface Record {
  peer: Peer;
  samples: Sample[];
  reason?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError('A whole number above 0 is needed.');
  return value;
}

function named(text: string): Peer[] {
  return text.split(',').map((name) => {
    const peer = PEERS.find((candidate) => candidate.name === name);
    if (peer === undefined) throw new InvalidArgumentError(`There is ${PEERS.map((one) => one.name).join(', ')}.`);
    return peer;
  });
}

function parse(): Options {
  return new Command('bench:peers')
    .description('Boots the same Debian kernel and initramfs to its shell in vmi86, v86 and QEMU TCG; prints medians.')
    .option('--rounds <n>', 'boots of each peer', positive, 3)
    .option('--only <names>', 'peers, separated by commas', named, PEERS)
    .addOption(new Option('--kernel <flavour>', 'kernel flavour').choices(FLAVOURS).default('686'))
    .option('--memory <mib>', 'guest memory', positive, 256)
    .option('--timeout <seconds>', 'the longest that one boot may take', positive, 300)
    .option('--json <file>', 'write all samples to a file')
    .parse()
    .opts<Options>();
}

/** One boot of one peer; a failure becomes the reason why the peer is missing, unless the run was interrupted. */
async function round(record: Record, boot: Boot, options: Options, signal: AbortSignal): Promise<void> {
  try {
    const limits = { timeoutSeconds: options.timeout, signal };
    const sample = await measure(await record.peer.command(boot), READY, limits);
    record.samples.push(sample);
    console.error(`${record.peer.name}: ${sample.cpuSeconds.toFixed(2)} CPU s, ${sample.wallSeconds.toFixed(2)} s`);
  } catch (error) {
    if (!signal.aborted) record.reason = (error as Error).message;
  }
}

function row({ peer, samples, reason }: Record): Row {
  if (samples.length > 0) return { name: peer.name, summary: summarize(samples), reason };
  return { name: peer.name, reason: reason ?? 'interrupted before its first boot was done' };
}

const options = parse();
const boot: Boot = {
  guest: await debianGuest(),
  flavour: options.kernel,
  append: 'console=ttyS0',
  memory: options.memory,
};
const records: Record[] = options.only.map((peer) => ({ peer, samples: [] }));

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
for (let n = 0; n < options.rounds; n++)
  for (const record of records)
    if (record.reason === undefined && !interrupted.signal.aborted)
      await round(record, boot, options, interrupted.signal);

const rows = records.map(row);
const title = `Boot of Debian's ${options.kernel} kernel to its shell, ${options.memory} MiB; medians; QEMU TCG = 1`;
console.log(`${title}\n\n${table(rows, qemu.name)}`);
if (interrupted.signal.aborted) process.exitCode = 130; // as a shell has it for a program that Ctrl-C ended
if (options.json !== undefined) {
  const host = { processor: cpus()[0].model, processors: cpus().length, node: process.version };
  const peers = records.map(({ peer, samples, reason }) => ({ name: peer.name, samples, reason }));
  writeFileSync(options.json, JSON.stringify({ title, host, peers }, undefined, 2) + '\n');
}

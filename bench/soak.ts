/**
 * One guest under mixed load for a long time: all programs over and over, each for a moment. Prints what vmi86 holds in
 * memory as time goes by, and what it has grown by over the second half.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { vmi86 } from './peers/vmi86.ts';
import { buildPrograms } from './programs/build.ts';
import { PROGRAMS } from './programs/table.ts';
import { mebibytes } from './report/text.ts';
import { type Guest, prepareGuest, RUNNER_READY } from './session/guest.ts';
import { ProgramError, Session } from './session/session.ts';

const SCALE = 0.2;
const MEMORY_MIB = 256;
const SAMPLES = 20;

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('A number above 0.');
  return value;
}

interface Point {
  minutes: number;
  rssBytes: number;
}

/** Runs all programs in turn until `minutes` are over; a point whenever a twentieth of them has passed. */
async function load(session: Session, minutes: number, show: (point: Point, runs: number) => void): Promise<Point[]> {
  const start = performance.now();
  const passed = () => (performance.now() - start) / 60_000;
  const points: Point[] = [];
  for (let n = 0; passed() < minutes; n++) {
    const program = PROGRAMS[n % PROGRAMS.length];
    await session.run(program, Math.ceil(program.count * SCALE)).catch((error: Error) => {
      if (!(error instanceof ProgramError)) throw error;
    });
    if (passed() < (points.length * minutes) / SAMPLES) continue;
    points.push({ minutes: passed(), rssBytes: (await session.usage()).rssBytes });
    show(points.at(-1)!, n);
  }
  return points;
}

async function begin(guest: Guest): Promise<Session> {
  const limits = { timeoutSeconds: 600, signal: new AbortController().signal };
  const session = new Session(await vmi86.command(guest), limits);
  await session.until(guest.booted);
  if (guest.begin !== undefined) {
    session.type(guest.begin);
    await session.until(RUNNER_READY);
  }
  return session;
}

const options = new Command('soak')
  .option('--minutes <n>', 'how long', positive, 20)
  .addOption(new Option('--guest <name>', 'what to boot').choices(['debian', 'embedded']).default('debian'))
  .parse()
  .opts<{ minutes: number; guest: string }>();

const guest = await prepareGuest(await buildPrograms(), { memory: MEMORY_MIB, embedded: options.guest === 'embedded' });
const session = await begin(guest);
try {
  const points = await load(session, options.minutes, ({ minutes, rssBytes }, runs) =>
    console.log(`${minutes.toFixed(1).padStart(6)} min ${mebibytes(rssBytes).padStart(5)} MiB ${runs} programs run`),
  );
  const later = points.slice(points.length / 2);
  const grown = later.at(-1)!.rssBytes - later[0].rssBytes;
  console.log(`second half: ${mebibytes(grown)} MiB`);
} finally {
  session.close();
}

import { expect, test, vi } from 'vitest';
import { type Limits, Session } from '../../bench/session/session.ts';

// Processes are started here, and other tests may keep the machine busy.
vi.setConfig({ testTimeout: 60_000 });

const MIB = 1 << 20;
/** Keeps a process alive after its marker, as an emulator would be. */
const STAY = 'setInterval(() => {}, 1000);';

async function withSession<T>(
  command: readonly [string, ...string[]],
  use: (session: Session) => Promise<T>,
  limits: Partial<Limits> = {},
): Promise<T> {
  const session = new Session(command, { timeoutSeconds: 60, signal: new AbortController().signal, ...limits });
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

const node = (program: string) => [process.execPath, '--eval', program] as const;

test('a measurement covers the process and its descendants', async () => {
  const work =
    'const a = Buffer.alloc(100 << 20, 1); const s = process.cpuUsage(); while (process.cpuUsage(s).user < 3e5);';
  const child = `require('child_process').execFileSync(process.execPath, ['--eval', ${JSON.stringify(work)}])`;
  const program = node(`${work} ${child}; console.log('rea' + 'dy'); ${STAY}`);
  const boot = await withSession(program, (session) => session.boot('ready'));
  expect(boot.cpuSeconds).toBeGreaterThanOrEqual(0.6);
  expect(boot.peakRssBytes).toBeGreaterThan(100 * MIB);
});

test('a session says why a text does not come', async () => {
  const wait = (session: Session) => session.until('ready');
  await expect(withSession(['no-such-program'], wait)).rejects.toThrow('ENOENT');
  await expect(withSession(node('console.log("panic"); process.exit(7)'), wait)).rejects.toThrow('ended with 7: panic');
  await expect(withSession(node(STAY), wait, { timeoutSeconds: 1 })).rejects.toThrow('not there after 1 s');
  const interrupted = new AbortController();
  const running = withSession(node(STAY), wait, { signal: interrupted.signal });
  interrupted.abort();
  await expect(running).rejects.toThrow('interrupted');
});

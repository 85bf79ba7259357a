/** `vmi86 boot` on a terminal: a pseudo-terminal that script(1) makes. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PROMPT, plain } from '../guest/session.ts';
import { Console } from '../support/console.ts';
import { MAIN } from '../support/engines.ts';
import { runs, skipWithout } from '../support/tools.ts';

const PATIENCE_MS = 60_000;
vi.setConfig({ testTimeout: 4 * PATIENCE_MS });

const CTRL_A = '\x01';
const CTRL_C = '\x03';

const works = runs('script', '--quiet', '--return', '--command', 'true', '/dev/null');

let terminal: Console | undefined;
afterEach(() => terminal?.kill());

async function boot(after = ''): Promise<Console> {
  const command = `'${process.execPath}' '${MAIN}' boot --memory 32M${after}`;
  terminal = Console.spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null']);
  await terminal.expect(PROMPT, PATIENCE_MS);
  return terminal;
}

describe.skipIf(skipWithout(works ? undefined : 'no script(1) to make a terminal with'))('on a terminal', () => {
  test('Ctrl-A X quits with 0', async () => {
    const guest = await boot();
    guest.type(`${CTRL_A}x`);
    expect(await guest.exit).toBe(0);
  });

  test('Ctrl-A H shows help, and the guest goes on', async () => {
    const guest = await boot();
    guest.type(`${CTRL_A}h`);
    await guest.expect(/Ctrl-A X +quit/, PATIENCE_MS);
    guest.type('echo still\n');
    await guest.expect(/\nstill\r+\n/, PATIENCE_MS);
  });

  test('Ctrl-A I shows what the guest does', async () => {
    const guest = await boot();
    guest.type(`${CTRL_A}i`);
    await guest.expect(/guest time \d+\.\d s, \d+\.\d MIPS, .* % translated, .* % idle\r+\n/, PATIENCE_MS);
  });

  test('keys reach the guest as they are, Ctrl-C too, and are echoed once', async () => {
    const guest = await boot();
    guest.type('yes >/dev/null\r');
    await guest.expect(/yes >\/dev\/null\r+\n/, PATIENCE_MS);
    guest.type(CTRL_C);
    await guest.expect('^C', PATIENCE_MS);
    await guest.expect(PROMPT, PATIENCE_MS);
    guest.type('echo $?\r');
    expect(plain(await guest.expect(PROMPT, PATIENCE_MS))).toBe(`echo $?\n130\n${PROMPT}`);
  });

  test('the terminal is as it was afterwards', async () => {
    const guest = await boot('; stty -a');
    guest.type('poweroff\r');
    expect(await guest.exit).toBe(0);
    expect(plain(guest.output)).toMatch(/Power off\.\n.* icanon\b.* echo\b/s);
  });
});

/** memtest86+ and GNU Mach as Debian packages them, through the command line. */
import { expect, test, vi } from 'vitest';
import { vmi86Boot } from '../support/engines.ts';
import { debianSuites } from './debian.ts';

/** Bounds, not measurements, ms. */
const PATIENCE = 600_000;
vi.setConfig({ testTimeout: PATIENCE });

const found = await debianSuites().catch((error: Error) => {
  if (process.env['CI']) throw error;
  console.warn(`memtest86+ and GNU Mach are skipped: ${error.message}`);
  return undefined;
});

/** What the guest has printed when `text` appears. */
const boot = async (kernel: string, memory: string, append: string, text: string): Promise<string> => {
  const args = ['--kernel', kernel, '--memory', memory, '--append', append, '--exit-on', text];
  const guest = vmi86Boot(...args);
  expect(await guest.exit, guest.output.slice(-2000)).toBe(0);
  return guest.output;
};

/** Memory that makes tests 0 to 9 short. Test 10 waits for minutes to see whether RAM fades. */
const MEMTEST = { memory: '8M', append: 'console=ttyS0 nosmp nobench nosm nopause nobigstatus', last: '#10 [Bit fade' };

test.skipIf(!found)('memtest86+ finds no error in tests 0 to 9', async () => {
  const output = await boot(found!.memtest, MEMTEST.memory, MEMTEST.append, MEMTEST.last);
  // They come in order; the screen is printed every other second, so not all are seen.
  expect(output).toMatch(/#[3-9] +\[/);
  const counts = [...output.matchAll(/Errors: (\d+)/g)].map(([, count]) => Number(count));
  expect(counts.length).toBeGreaterThan(0);
  expect(Math.max(...counts)).toBe(0);
});

test.skipIf(!found)('GNU Mach starts all of itself, and misses only the servers that it should boot', async () => {
  const end = 'No bootstrap code loaded with the kernel!';
  const output = await boot(found!.mach, '64M', 'console=com0', end);
  expect(output).toContain('GNU Mach 1.8');
  expect(output).toMatch(/vm_page: DIRECTMAP: pages: \d+/);
  expect(output).toContain('Probing PCI hardware.');
});

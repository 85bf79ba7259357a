/** What the embedded guest's shell answers, on every machine alike. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Shell } from './session.ts';

/** Lines typed in this order, and what each prints. */
export type Transcript = readonly (readonly [line: string, output: string | RegExp])[];

const FIRST = String.raw`vmi86 guest .*\nmemory: MEMORY MB, .*\ncpu: GenuineIntel family 6 .*\n`;
const HOSTS = {
  bare: String.raw`Booting on bare hardware\n`,
  vmi: String.raw`vmi: vmi86 .*, API version 3\.0, .*\nvmi: \d+ of 74 calls, (\d+) of \1 sites patched\nBooting on vmi\n`,
};

/** The first lines on the console. */
export const banner = (megabytes: number, host: keyof typeof HOSTS = 'bare'): RegExp =>
  new RegExp(FIRST.replace('MEMORY', String(megabytes)) + HOSTS[host]);

/** Processes, copy-on-write, page faults, the x87 and the C programs. */
export const PROGRAMS: Transcript = [
  ['run hello', /^Hello from ring 3, process \d+\n$/],
  ['primes', 'primes below 200000: 17984, checksum 019452c5\n'],
  ['forktest', 'forktest: 50 rounds of 4 children, ok\n'],
  ['fptest', /^fptest\[\d+\]: x87 exception at .*\nfptest: ok\n$/],
  ['memtest', /memtest: 4096 KB, ok\n$/],
];

const sum = createHash('md5').update('y\n'.repeat(20000)).digest('hex');

/** Pipelines, redirections, exit codes and the builtins. */
export const SHELL: Transcript = [
  ['yes | head -n 20000 | wc', '20000 20000 40000 -\n'],
  ['yes | head -n 20000 | md5sum', `${sum}  -\n`],
  [
    'echo one two >/tmp/a; echo three >>/tmp/a; cat </tmp/a; rm /tmp/a; cat /tmp/a',
    'one two\nthree\ncat: /tmp/a: no such file or directory\n',
  ],
  ["false; echo $? '$?'; true; echo $?; nosuch; echo $?", '1 $?\n0\nsh: nosuch: no such file or directory\n127\n'],
  ['cd /bin; pwd; ls | head -n 2; echo x >cat', '/bin\ncat\ndate\nsh: cat: read-only\n'],
  ['time echo done', /^done\nreal \d+\.\d{3} s, user \d+\.\d\d s, system \d+\.\d\d s\n$/],
  ['ps', / 1 +0 sleep .* init\n.* 2 +1 sleep .* sh\n/],
  ['uname -a', /^vmi86 vmi86 \S+ source [0-9a-f]{12} i686\n$/],
  ['help', /poweroff.*primes/s],
];

/** Who answers VMI's calls: vmi86 itself, the ROM of plain code, or nobody. */
export type VmiHost = 'vmi86' | 'native' | 'none';

const ANSWERED: Record<VmiHost, [hypervisor: number, native: number]> = {
  vmi86: [64, 10],
  native: [62, 12],
  none: [0, 74],
};

/** `vmi` and `vmi selftest`: every call tried, and misuse that must do no harm. */
export function vmiTranscript(host: VmiHost): Transcript {
  const [hypervisor, native] = ANSWERED[host];
  const found = host === 'none' ? /^bare hardware; \d+ sites/ : /^29 EnableInterrupts +call [0-9a-f]{8} \d+ sites\n/m;
  const fault = host === 'native' ? 'in the ROM' : 'at the site';
  const misuse = host === 'none' ? '' : '^ +calls from ring 3 +ok: .*\n';
  return [
    ['vmi', found],
    [
      'vmi selftest',
      new RegExp(
        `^33 IRET +\\w+: faults ${fault}\n[^]*^   site patched half +ok\n[^]*${misuse}` +
          `^ +SYSENTER, SYSEXIT +ok\\n^vmi selftest: 74 calls, ${hypervisor} of the hypervisor, ${native} native: ok\n$`,
        'm',
      ),
    ],
  ];
}

/** Types the lines and compares what they print. */
export async function follow(shell: Shell, transcript: Transcript): Promise<void> {
  for (const [line, output] of transcript)
    expect(await shell(line), line).toEqual(typeof output === 'string' ? output : expect.stringMatching(output));
}

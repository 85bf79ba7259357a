/** The real gdb, driven through its command line. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Console } from './console.ts';
import { runs } from './tools.ts';

const PROMPT = '(gdb) ';
/** Between one Ctrl-C and the next. */
const INTERRUPT_MS = 500;
const SETTINGS = ['pagination off', 'confirm off', 'style enabled off', 'width 0', 'height 0'];

/** What is missing for tests with gdb. */
export const gdbMissing = (): string | undefined =>
  runs('gdb', '--version') && runs('as', '--version') ? undefined : 'no gdb or no binutils';

export class Gdb {
  readonly console: Console;
  readonly #patienceMs: number;

  private constructor(console: Console, patienceMs: number) {
    this.console = console;
    this.#patienceMs = patienceMs;
  }

  /** @param symbols an ELF file; `patienceMs` is the longest that any command may take */
  static async start(symbols: string, patienceMs: number): Promise<Gdb> {
    const settings = SETTINGS.flatMap((setting) => ['-iex', `set ${setting}`]);
    // One stream, so that complaints come before the prompt behind them.
    const gdb = new Gdb(
      Console.spawn('sh', ['-c', 'exec gdb "$@" 2>&1', 'gdb', '-q', '-nx', ...settings, symbols]),
      patienceMs,
    );
    await gdb.#answer();
    return gdb;
  }

  /** Runs one command, or several, one a line; returns what they print. */
  async run(commands: string): Promise<string> {
    let output = '';
    for (const command of commands.trim().split('\n')) {
      this.console.type(`${command.trim()}\n`);
      output += await this.#answer();
    }
    return output;
  }

  /** Lets the guest go on, which `act` then makes stop; returns what gdb says of that. */
  async continueUntil(act: () => void): Promise<string> {
    this.console.type('continue\n');
    const said = await this.console.expect('Continuing.\n', this.#patienceMs);
    act();
    return said + (await this.#answer());
  }

  /** Lets the guest go on and stops it with Ctrl-C. What comes before gdb has resumed the guest is lost, so again. */
  async interrupt(): Promise<string> {
    this.console.type('continue\n');
    const said = await this.console.expect('Continuing.\n', this.#patienceMs);
    const again = setInterval(() => this.console.interrupt(), INTERRUPT_MS);
    try {
      return said + (await this.#answer());
    } finally {
      clearInterval(again);
    }
  }

  async #answer(): Promise<string> {
    const text = await this.console.expect(PROMPT, this.#patienceMs);
    return text.slice(0, -PROMPT.length);
  }
}

/** Where a running `vmi86 boot --gdb 0` listens. */
export const gdbPort = async (guest: Console, patienceMs: number): Promise<number> =>
  Number(/:(\d+)\n$/.exec(await guest.expect(/gdb: .* on 127\.0\.0\.1:\d+\n/, patienceMs))![1]);

/** A line of /proc/kallsyms or of nm: address, type, name. */
export interface NamedAddress {
  readonly address: number;
  readonly type: string;
  readonly name: string;
}

export const parseSymbols = (listing: string): NamedAddress[] =>
  [...listing.matchAll(/^([0-9a-f]{8}) (\w) (\w+)$/gm)].map(([, address, type, name]) => ({
    address: Number.parseInt(address!, 16),
    type: type!,
    name: name!,
  }));

const PAGE = 4096;

/** Makes an ELF file without content that names these addresses; returns its path. */
export const symbolFile = (directory: string, symbols: readonly NamedAddress[]): string => {
  const lines: string[] = [];
  const starts: string[] = [];
  for (const { section, flags, kind, members } of [
    { section: '.functions', flags: 'ax', kind: 'function', members: symbols.filter(({ type }) => /t/i.test(type)) },
    { section: '.variables', flags: 'aw', kind: 'object', members: symbols.filter(({ type }) => /[bd]/i.test(type)) },
  ]) {
    if (members.length === 0) continue;
    const sorted = members.toSorted((a, b) => a.address - b.address);
    const base = Math.floor(sorted[0]!.address / PAGE) * PAGE;
    starts.push(`--section-start=${section}=0x${base.toString(16)}`);
    // The assembler's own .text and .data would have content.
    lines.push(`.section ${section}, "${flags}", @nobits`);
    for (const { name, address } of sorted) {
      lines.push(`.org ${address - base}`, `.globl ${name}`, `.type ${name}, @${kind}`, `${name}:`);
    }
    lines.push('.space 4096');
  }
  const path = (extension: string) => join(directory, `symbols.${extension}`);
  writeFileSync(path('s'), lines.join('\n') + '\n');
  execFileSync('as', ['--32', '-o', path('o'), path('s')]);
  execFileSync('ld', ['-m', 'elf_i386', '-e', '0', ...starts, '-o', path('elf'), path('o')]);
  return path('elf');
};

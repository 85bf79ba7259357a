/** What the commands of `vmi86 bench` are told. */

export const KINDS = ['micro', 'macro', 'peers'] as const;
export type Kind = (typeof KINDS)[number];

export interface BenchOptions {
  /** Host paths. */
  kernel?: string;
  initrd?: string;
  /** Further kernel parameters. */
  append?: string;
  /** Without a kernel: the project's own guest or Debian's; each command has its own default. */
  guest?: 'embedded' | 'debian';
  /** A kernel without VMI support, for a column of its own. */
  baseline?: string;
  vmi: 'on' | 'off' | 'both';
  /** Names of programs, groups, or of other parts of the benchmark. */
  only?: readonly string[];
  /** Names of peers. */
  peers?: readonly string[];
  rounds: number;
  scale: number;
  /** Most runs of a program before those that count; each command has its own default. */
  warmUp?: number;
  /** Runs of a program in a boot that count; each command has its own default. */
  counted?: number;
  /** Guest memory in bytes. */
  memory: number;
  /** The longest that one step may take, in seconds. */
  timeout: number;
  json?: string;
  html?: string;
}

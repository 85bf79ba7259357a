/** Which lines of the opcode table are generated, and how often. */
import type { Cpu, Line } from '../../translator/isa/line.ts';
import { OPERANDS } from '../../translator/isa/operands.ts';
import { TABLE } from '../../translator/isa/table.ts';

const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
/** POPF must not set all flags; images of the FPU hold addresses that processors report differently. */
const SET_ASIDE = /^(popf|fnstenv|fnsave|fxsave|fxrstor)$/;

/** Left out, with the reason. The rest of the table is generated. */
export const EXCLUDED: readonly { readonly reason: string; readonly applies: (line: Line) => boolean }[] = [
  {
    reason: 'transcendental functions are compared to a unit in the last place, with the real FPU and a reference',
    applies: (l) => TRANSCENDENTAL.test(l.mnemonic),
  },
  {
    reason: 'processors approximate differently; held against the quotient and the root in a test of their own',
    applies: (l) => /^r(cp|sqrt)[ps]s$/.test(l.mnemonic),
  },
  {
    reason: "selectors and descriptor tables are the host kernel's",
    applies: (l) =>
      l.operands.some((kind) => ['segment', 'fixedSegment'].includes(OPERANDS[kind].place)) ||
      /^(l[defgs]s|lss|lar|lsl|verr|verw|arpl|retf|iret|callf|jmpf)$/.test(l.mnemonic),
  },
  {
    reason: 'answered by the host kernel or its hypervisor',
    applies: (l) => /^(s[gil]dt|str|smsw|cpuid|rdtsc|rdpmc)$/.test(l.mnemonic),
  },
  { reason: 'enters the host kernel', applies: (l) => /^(int|int1|int3|into|sysenter|sysexit)$/.test(l.mnemonic) },
  { reason: 'generated in a setting of its own', applies: (l) => isTransfer(l) || SET_ASIDE.test(l.mnemonic) },
];

/** Jumps, calls, loops and returns: they are generated with a target. */
const isTransfer = (line: Line): boolean => ['jump', 'conditional', 'call', 'return', 'indirect'].includes(line.ends);

const included = TABLE.filter((line) => !EXCLUDED.some(({ applies }) => applies(line)));

/** Always an exception at CPL 3, which ends the sequence. */
const ENDING = /^(cli|sti|hlt|in|out|ins|outs|clts|invd|wbinvd|l[gil]dt|ltr|lmsw|invlpg|wrmsr|rdmsr|ud1|ud2)$/;
const ends = (line: Line): boolean =>
  ENDING.test(line.mnemonic) || line.operands.some((kind) => ['control', 'debug'].includes(OPERANDS[kind].place));

export const ORDINARY = included.filter((line) => !ends(line));
export const isX87 = (line: Line): boolean => line.opcode === 0x9b || line.opcode >> 3 === 0x1b;
/** MMX and SSE. */
export const isSimd = (line: Line): boolean => SIMD_LEVELS.has(line.cpu);
const SIMD_LEVELS: ReadonlySet<Cpu> = new Set<Cpu>(['mmx', 'sse', 'sse2', 'sse3', 'ssse3']);
export const FAULTING = included.filter(ends);
/** Relative jumps, calls and loops. */
export const BRANCHES = TABLE.filter((line) => isTransfer(line) && line.operands.some((k) => k === 'Jb' || k === 'Jz'));

/** What each packet of the protocol asks for. GDB manual, appendix E. An empty reply says: not known here. */

import { CS, STATE } from '../../translator/layout.ts';
import type { Debugger, StepRange } from '../machine/debug/debugger.ts';
import { peek, poke } from '../machine/debug/memory.ts';
import { POINT_KINDS, type Point } from '../machine/debug/points.ts';
import { fromHex, parseNumber, toHex } from './hex.ts';
import { MAX_PACKET } from './packet.ts';
import { REGISTERS } from './registers.ts';
import { stopReply } from './stop-reply.ts';
import { TARGET_DESCRIPTION } from './target-description.ts';

/** What commands act on. */
export interface Context {
  readonly debugger: Debugger;
  /** What GDB has said it supports. */
  readonly supported: Set<string>;
  /** Runs a `monitor` command and returns what it prints. */
  monitor(line: string): string;
  /** No more acknowledgements from the next packet on. */
  stopAcknowledging(): void;
  detach(): void;
  kill(): void;
}

/** The reply; undefined for none. */
type Reply = string | undefined | Promise<string>;
type Command = (context: Context, rest: string) => Reply;

const OK = 'OK';
const UNKNOWN = '';
/** Numbers of errno, which GDB only shows. */
const ERROR = { fault: 'E0e', invalid: 'E16' } as const;
/** The one thread. */
const THREAD = '1';

// ---- registers ------------------------------------------------------------------------------------------------

const readAll: Command = ({ debugger: { cpu } }) => REGISTERS.map((register) => toHex(register.read(cpu))).join('');

const writeAll: Command = ({ debugger: { cpu } }, rest) => {
  const bytes = fromHex(rest);
  let at = 0;
  for (const register of REGISTERS) {
    const length = register.bits / 8;
    const value = bytes?.subarray(at, at + length);
    if (value?.length !== length || !register.write(cpu, value)) return ERROR.invalid;
    at += length;
  }
  cpu.updateMode();
  return OK;
};

const readOne: Command = ({ debugger: { cpu } }, rest) => {
  const register = REGISTERS[parseNumber(rest) ?? -1];
  return register ? toHex(register.read(cpu)) : ERROR.invalid;
};

const writeOne: Command = ({ debugger: { cpu } }, rest) => {
  const [number, digits] = rest.split('=');
  const register = REGISTERS[parseNumber(number) ?? -1];
  const value = fromHex(digits ?? '');
  if (!register || value?.length !== register.bits / 8 || !register.write(cpu, value)) return ERROR.invalid;
  cpu.updateMode();
  return OK;
};

// ---- memory ---------------------------------------------------------------------------------------------------

/** `address,length` and, behind a colon, what belongs to them. */
const parseRange = (text: string): { address: number; length: number; content: string } | undefined => {
  const colon = text.indexOf(':');
  const [first, second, ...more] = (colon < 0 ? text : text.slice(0, colon)).split(',');
  const address = parseNumber(first);
  const length = parseNumber(second);
  if (address === undefined || length === undefined || more.length > 0) return undefined;
  return { address, length, content: colon < 0 ? '' : text.slice(colon + 1) };
};

const readMemory: Command = ({ debugger: { cpu } }, rest) => {
  const range = parseRange(rest);
  if (!range) return ERROR.invalid;
  const bytes = peek(cpu, range.address, Math.min(range.length, MAX_PACKET / 2));
  return bytes.length < range.length && bytes.length === 0 ? ERROR.fault : toHex(bytes);
};

/** A command that writes memory, with its content decoded in this way. */
const writeMemory =
  (decode: (content: string) => Uint8Array | undefined): Command =>
  ({ debugger: { cpu } }, rest) => {
    const range = parseRange(rest);
    const bytes = range && decode(range.content);
    if (bytes?.length !== range?.length || !range) return ERROR.invalid;
    return poke(cpu, range.address, bytes!) ? OK : ERROR.fault;
  };

// ---- points ---------------------------------------------------------------------------------------------------

/** `type,address,kind`: kind is the length of what is watched. Conditions and commands behind it are not taken. */
const parsePoint = (rest: string): Point | undefined => {
  const [type, ...place] = rest.split(',');
  const kind = POINT_KINDS[parseNumber(type) ?? -1];
  const range = parseRange(place.join(','));
  return kind && range && range.length > 0 && range.length <= 0x1000
    ? { kind, address: range.address, length: range.length }
    : undefined;
};

const changePoint =
  (change: 'setPoint' | 'clearPoint'): Command =>
  (context, rest) => {
    const point = parsePoint(rest);
    if (!point) return ERROR.invalid;
    context.debugger[change](point);
    return OK;
  };

// ---- running --------------------------------------------------------------------------------------------------

const whenStopped = async (context: Context): Promise<string> =>
  stopReply(context.debugger.cpu, await context.debugger.stopped(), (feature) => context.supported.has(feature));

const stopReason: Command = async ({ debugger: held, supported }) =>
  stopReply(held.cpu, await held.stopped(), (feature) => supported.has(feature), true);

/** `c`, `s`: from EIP, or from a linear address. */
const resume =
  (how: 'continue' | 'step', hasSignal = false): Command =>
  (context, rest) => {
    const [, address] = hasSignal ? rest.split(';') : ['', rest];
    if (address) {
      const linear = parseNumber(address);
      if (linear === undefined) return ERROR.invalid;
      const { state } = context.debugger.cpu;
      state.set(STATE.eip, linear - state.segBase(CS));
    }
    context.debugger[how]();
    return whenStopped(context);
  };

const parseStepRange = (text: string): StepRange | undefined => {
  const [start, end] = text.split(',').map(parseNumber);
  return start === undefined || end === undefined ? undefined : { start, end };
};

/** `vCont;action:thread;…`: of several actions the first is for the one thread there is. */
const resumeThreads: Command = (context, rest) => {
  const [action = ''] = (rest.split(';')[1] ?? '').split(':');
  if (/^(c|C)/.test(action)) context.debugger.continue();
  else if (/^(s|S)/.test(action)) context.debugger.step();
  else if (action.startsWith('r')) context.debugger.step(parseStepRange(action.slice(1)));
  else return ERROR.invalid;
  return whenStopped(context);
};

// ---- about the session ----------------------------------------------------------------------------------------

const supports: Command = ({ supported }, rest) => {
  for (const feature of rest.split(';')) if (feature.endsWith('+')) supported.add(feature.slice(0, -1));
  const own = ['qXfer:features:read+', 'QStartNoAckMode+', 'vContSupported+', 'swbreak+', 'hwbreak+'];
  return [`PacketSize=${MAX_PACKET.toString(16)}`, ...own].join(';');
};

/** `target.xml:offset,length` → `m` and a part, or `l` and the last one. */
const readFeatures: Command = (_, rest) => {
  const [annex, place] = rest.split(':');
  const range = parseRange(place ?? '');
  if (annex !== 'target.xml' || !range) return 'E00';
  const { address: offset, length } = range;
  const last = offset + length >= TARGET_DESCRIPTION.length;
  return (last ? 'l' : 'm') + TARGET_DESCRIPTION.slice(offset, offset + length);
};

const runMonitor: Command = (context, rest) => {
  const line = fromHex(rest);
  return line ? toHex(Buffer.from(context.monitor(Buffer.from(line).toString()))) : ERROR.invalid;
};

const just =
  (reply: string, action: (context: Context) => void = () => {}): Command =>
  (context) => {
    action(context);
    return reply;
  };

/** By what a packet begins with; the longest match counts. */
const COMMANDS: Readonly<Record<string, Command>> = {
  '?': stopReason,
  g: readAll,
  G: writeAll,
  p: readOne,
  P: writeOne,
  m: readMemory,
  M: writeMemory(fromHex),
  X: writeMemory((content) => Buffer.from(content, 'latin1')),
  Z: changePoint('setPoint'),
  z: changePoint('clearPoint'),
  c: resume('continue'),
  C: resume('continue', true),
  s: resume('step'),
  S: resume('step', true),
  'vCont?': just('vCont;c;C;s;S;r'),
  vCont: resumeThreads,
  'vKill;': just(OK, (context) => context.kill()),
  k: (context) => {
    context.kill();
    return undefined;
  },
  D: just(OK, (context) => context.detach()),
  H: just(OK),
  T: just(OK),
  qC: just(`QC${THREAD}`),
  qfThreadInfo: just(`m${THREAD}`),
  qsThreadInfo: just('l'),
  // Attached, not started: GDB then detaches when its user quits.
  qAttached: just('1'),
  'qSupported:': supports,
  qSupported: supports,
  'qXfer:features:read:': readFeatures,
  'qRcmd,': runMonitor,
  QStartNoAckMode: just(OK, (context) => context.stopAcknowledging()),
};

const PREFIXES = Object.keys(COMMANDS).sort((a, b) => b.length - a.length);

/** Carries out one packet. */
export const execute = async (context: Context, payload: string): Promise<string | undefined> => {
  const prefix = PREFIXES.find((one) => payload.startsWith(one));
  // A name that goes on is another command: qCRC is not qC.
  const known =
    prefix !== undefined && !(/^[a-zA-Z]{2,}$/.test(prefix) && /^[a-zA-Z]/.test(payload.slice(prefix.length)));
  return known ? COMMANDS[prefix]!(context, payload.slice(prefix.length)) : UNKNOWN;
};

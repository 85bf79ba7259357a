import { InvalidArgumentError } from 'commander';
import type { AddressRange, DiskOptions } from '../machine/api.ts';
import { TRACE_SUBJECTS, type TraceSubject } from '../trace/subjects.ts';

/** Parsers of option values; what they throw becomes one line with the option's name. */

const UNIT: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** A size in bytes with suffix K, M or G; a plain number counts MiB, as with QEMU. */
export function parseSize(text: string): number {
  const match = /^(\d+)([KMG])?$/i.exec(text);
  if (!match) throw new InvalidArgumentError('A size is a number with K, M or G, such as 256M.');
  return Number(match[1]) * UNIT[(match[2] ?? 'M').toUpperCase()]!;
}

const DISK_SETTINGS: Readonly<Record<string, Partial<DiskOptions>>> = {
  readonly: { readonly: true },
  'if=ide': { interface: 'ide' },
  'if=virtio': { interface: 'virtio' },
};

/** A file name may hold commas too: settings are taken off its end. */
export function parseDisk(text: string, previous: readonly DiskOptions[] = []): DiskOptions[] {
  let [path, disk] = [text, {}];
  for (let end = /,(readonly|if=[^,=]*)$/.exec(path); end; end = /,(readonly|if=[^,=]*)$/.exec(path)) {
    const setting = DISK_SETTINGS[end[1]!];
    if (!setting) throw new InvalidArgumentError('An interface is if=virtio or if=ide.');
    path = path.slice(0, end.index);
    disk = { ...setting, ...disk };
  }
  if (path === '') throw new InvalidArgumentError('A disk is FILE, and behind it perhaps ,readonly and ,if=ide.');
  return [...previous, { path, readonly: false, ...disk }];
}

/** The longest a timer can wait for. */
const MOST_SECONDS = 2_000_000;

export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > MOST_SECONDS) {
    throw new InvalidArgumentError(`A time in seconds, more than 0 and at most ${MOST_SECONDS}.`);
  }
  return seconds;
}

/** A parser of whole numbers from `least`. */
export function parseCount(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : -1;
    if (value < least || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`A whole number from ${least}.`);
    }
    return value;
  };
}

const isSubject = (name: string): name is TraceSubject => Object.hasOwn(TRACE_SUBJECTS, name);

/** Names with commas between. */
export function parseSubjects(text: string, previous: readonly TraceSubject[] = []): TraceSubject[] {
  const names = text.split(',');
  if (!names.every(isSubject)) {
    throw new InvalidArgumentError(`Subjects are ${Object.keys(TRACE_SUBJECTS).join(', ')}, with commas between.`);
  }
  return [...previous, ...names];
}

/** FIRST-LAST in hexadecimal, or one address. */
export function parseRange(text: string, previous: readonly AddressRange[] = []): AddressRange[] {
  const match = /^(?:0x)?([0-9a-f]{1,8})(?:-(?:0x)?([0-9a-f]{1,8}))?$/i.exec(text);
  const first = Number.parseInt(match?.[1] ?? '', 16);
  const last = Number.parseInt(match?.[2] ?? match?.[1] ?? '', 16);
  if (!(first <= last))
    throw new InvalidArgumentError('A range is FIRST-LAST in hexadecimal, such as c0100000-c01fffff.');
  return [...previous, { first, last }];
}

const MOST_PORT = 65535;

export function parsePort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > MOST_PORT) throw new InvalidArgumentError(`A port from 0 to ${MOST_PORT}.`);
  return port;
}

export function parseText(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** The hypervisor on or off; anything else is the name of a ROM file. */
export function parseVmi(text: string): boolean | string {
  if (text === 'on' || text === 'off') return text === 'on';
  return parseText(text);
}

/** A number above 0. */
export function parseFactor(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError('A number above 0.');
  return value;
}

/** Names separated by commas. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Names separated by commas.');
  return names;
}

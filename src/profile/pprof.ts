/** The profile format of pprof, compressed as its tools expect it. Source: profile.proto of pprof. */
import { gzipSync } from 'node:zlib';
import * as format from 'pprof-format';
import type { Profile } from './profile.ts';
import { frameName, leafStacks } from './stacks.ts';

const NS_PER_S = 1e9;

export const pprofFile = (profile: Profile): Uint8Array => {
  const strings = new format.StringTable();
  const text = (value: string): number => strings.dedup(value);
  const type = (name: string, unit: string) => new format.ValueType({ type: text(name), unit: text(unit) });
  const mappings = new Map<string, format.Mapping>();
  const locations = new Map<string, format.Location>();
  const functions: format.Function[] = [];
  const mappingOf = (module: string): format.Mapping => {
    let mapping = mappings.get(module);
    if (!mapping) {
      mapping = new format.Mapping({ id: mappings.size + 1, filename: text(module), hasFunctions: true });
      mappings.set(module, mapping);
    }
    return mapping;
  };
  const locationOf = (n: number): number => {
    const node = profile.stacks[n]!;
    const key = `${node.module}\0${node.name}`;
    let location = locations.get(key);
    if (!location) {
      const id = locations.size + 1;
      functions.push(
        new format.Function({
          id,
          name: text(frameName(node)),
          systemName: text(node.name),
          filename: text(node.module),
        }),
      );
      location = new format.Location({
        id,
        mappingId: mappingOf(node.module).id,
        line: [new format.Line({ functionId: id })],
      });
      locations.set(key, location);
    }
    return Number(location.id);
  };
  const sample = [...leafStacks(profile)].map(
    ({ node, stack }) =>
      new format.Sample({
        locationId: stack.map(locationOf).reverse(),
        value: [node.samples, node.instructions, Math.round(node.seconds * NS_PER_S)],
      }),
  );
  const result = new format.Profile({
    sampleType: [type('samples', 'count'), type('instructions', 'count'), type('time', 'nanoseconds')],
    sample,
    mapping: [...mappings.values()],
    location: [...locations.values()],
    function: functions,
    stringTable: strings,
    durationNanos: Math.round(profile.seconds * NS_PER_S),
    periodType: type('instructions', 'count'),
    period: Math.round(profile.instructions / Math.max(1, profile.samples)),
    defaultSampleType: text('instructions'),
  });
  return gzipSync(result.encode());
};

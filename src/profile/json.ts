/** A profile as JSON, for programs. */
import type { Profile } from './profile.ts';

export const jsonFile = (profile: Profile): string => {
  const regions = profile.regions.map(({ counts, ...region }) => ({
    ...region,
    counts: Object.fromEntries([...counts].map(([address, count]) => [`0x${address.toString(16)}`, count])),
  }));
  return `${JSON.stringify({ ...profile, regions }, null, 1)}\n`;
};

import type { Machine } from '../machine/api.ts';
import type { Profile } from './profile.ts';
export const htmlFile = async (profile: Profile, _machine: Machine): Promise<string> => JSON.stringify(profile.samples);

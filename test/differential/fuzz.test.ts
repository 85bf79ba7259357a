/** The fuzzer, on sequences that nobody has seen where somebody looks on: a failure's report has the seed that shows it again. */
import { expect, test } from 'vitest';
import { campaign, describeTally } from './campaign.ts';

const SECONDS = process.env['CI'] ? 60 : 5;
/** Time to build engines in and to make a report, s. */
const SLACK = 180;
const MOST = 3;
/** Where nobody looks at results before they count, a failure is to be that of a change; `npm run fuzz` explores. */
const FIXED_SEED = 20_000_000;

test(
  'the fuzzer finds no disagreement',
  async () => {
    const seed = process.env['CI'] ? FIXED_SEED : Date.now() % 2 ** 32;
    console.log(`seed ${seed}`);
    const tally = await campaign({ seed, count: Number.POSITIVE_INFINITY, seconds: SECONDS, most: MOST });
    console.log(describeTally(tally));
    expect(tally.reports.join('\n')).toBe('');
    expect(tally.instructions).toBeGreaterThan(0);
  },
  (SECONDS + SLACK) * 1000,
);

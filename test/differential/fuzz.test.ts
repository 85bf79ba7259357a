/** The fuzzer on sequences that nobody has seen: a failure's report has the seed that shows it again. */
import { expect, test } from 'vitest';
import { campaign, describeTally } from './campaign.ts';

const SECONDS = process.env['CI'] ? 60 : 5;
/** Time to build engines in and to make a report, s. */
const SLACK = 180;
const MOST = 3;

test(
  'the fuzzer finds no disagreement',
  async () => {
    const seed = Date.now() % 2 ** 32;
    console.log(`seed ${seed}`);
    const tally = await campaign({ seed, count: Number.POSITIVE_INFINITY, seconds: SECONDS, most: MOST });
    console.log(describeTally(tally));
    expect(tally.reports.join('\n')).toBe('');
    expect(tally.instructions).toBeGreaterThan(0);
  },
  (SECONDS + SLACK) * 1000,
);

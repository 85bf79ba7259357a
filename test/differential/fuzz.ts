/**
 * npm run fuzz -- --seconds N --seed S: generated sequences on the real CPU and every engine. Without a seed it takes
 * one from the clock and prints it. Exits with 1 when something disagreed.
 */
import { Command, InvalidArgumentError } from 'commander';
import { campaign, describeTally } from './campaign.ts';

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Not a whole number.');
  return Number(text);
};

const { seconds, seed, count, most } = new Command('fuzz')
  .description('compares generated instruction sequences on every engine and the real CPU')
  .option('--seconds <n>', 'how long', whole, 60)
  .option('--seed <n>', 'number of the first sequence; each further one has the next', whole, Date.now() % 2 ** 32)
  .option('--count <n>', 'sequences at most', whole, Number.POSITIVE_INFINITY)
  .option('--most <n>', 'disagreements after which to stop', whole, 3)
  .parse()
  .opts<{ seconds: number; seed: number; count: number; most: number }>();

console.log(`seed ${seed}`);
const tally = await campaign({
  seed,
  count,
  seconds,
  most,
  progress: (soFar) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${describeTally(soFar)}`);
  },
});
for (const report of tally.reports) {
  const number = /seed (\d+)/.exec(report)![1];
  console.log(`\n${report}\nagain: npm run fuzz -- --seed ${number} --count 1`);
}
console.log(describeTally(tally));
process.exitCode = tally.reports.length ? 1 : 0;

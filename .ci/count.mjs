// Prints the counts of vitest's JSON report. Arguments: the report's file and the exit status of the test command.
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
// No report: the installation, the type check or the linter failed before the first test.
const report =
  text === '' ? { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] } : JSON.parse(text);
// A file that fails before its tests are known counts as one failure.
const broken = report.testResults.filter(
  (result) => result.status === 'failed' && result.assertionResults.length === 0,
);
const failed = report.numFailedTests + broken.length;
if (report.numPendingTests > 0) console.log(`${report.numPendingTests} skipped`);
console.log(`${report.numPassedTests} passed, ${status === '0' ? failed : Math.max(failed, 1)} failed`);

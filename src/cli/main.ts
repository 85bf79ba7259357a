#!/usr/bin/env node
// Nothing may be imported statically here: an older Node must get as far as the message.
const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(`vmi86: Node.js ${OLDEST_NODE} or newer is needed, this is ${process.version}\n`);
  process.exit(2);
}
const { enableCompileCache } = await import('node:module');
// Node keeps what it makes of source files: stripping types would take half a second of each start.
enableCompileCache();
const { setFlagsFromString } = await import('node:v8');
// V8 does it after 3000 calls, which for most of the translator takes longer than it gains in a boot.
setFlagsFromString('--invocation-count-for-turbofan=60000');
const { runCommandLine } = await import('./program.ts');
process.exit(await runCommandLine(process.argv.slice(2)));

export {};

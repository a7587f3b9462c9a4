#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=8 --heap-growing-percent=30
/** The command line: hands the arguments and the process to the command they name. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// What Node compiles is kept beside the packages and makes the next start faster; where that folder
// cannot be written, nothing is kept. Everything else is imported after this, to have a part in it.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'replywright'));
const { run } = await import('./commands/program.ts');

// `replywright export --out - | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  exitCode: 0,
});

#!/usr/bin/env -S node --max-semi-space-size=4 --optimize-for-size
/** The command line: hands the arguments and the process to the command they name. */
import { run } from './commands/program.ts';

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

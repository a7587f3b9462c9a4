#!/usr/bin/env node
/** The command line: hands the arguments and the process to the command they name. */
import { run } from './commands/program.ts';

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  exitCode: 0,
});

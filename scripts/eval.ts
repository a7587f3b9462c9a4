/** `npm run eval -- NAME`: measures how good drafts and their checks are; `--help` lists what there is. */

import { join } from 'node:path';
import { runMeasurement } from './figures.ts';

process.exitCode = await runMeasurement('eval', join(import.meta.dirname, 'eval'), {
  argv: process.argv.slice(2),
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

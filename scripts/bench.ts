/** `npm run bench -- NAME`: measures speed, memory and size; `--help` lists what there is. */

import { join } from 'node:path';
import { runMeasurement } from './figures.ts';

process.exitCode = await runMeasurement('bench', join(import.meta.dirname, 'bench'), {
  argv: process.argv.slice(2),
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

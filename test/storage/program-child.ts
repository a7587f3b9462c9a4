/** A program that holds a data folder, for tests that kill it. Argument: the folder. */

import { ReplywrightError } from '../../src/domain/errors.ts';
import { openLog } from '../../src/log.ts';
import { openDatabase } from '../../src/storage/open.ts';

const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const settings = { databaseUrl: null, dataFolder: process.argv[2] ?? '' };
  const database = await openDatabase(settings, openLog('silent'), { start: true });
  tell({ open: true });
  process.stdin.once('data', async () => {
    await database.close();
    tell({ closed: true });
    process.exit(0);
  });
} catch (error) {
  const { code, message } = error as ReplywrightError;
  tell({ open: false, code, message });
  process.exit(error instanceof ReplywrightError ? 1 : 2);
}

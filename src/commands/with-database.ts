/** Opens the database for one command, beside a Replywright that runs or alone. */
import type { Config } from '../config.ts';
import type { Db } from '../storage/tables.ts';
import type { Context } from './context.ts';

/**
 * Does the work with the database of the settings, and closes it again.
 *
 * @param where `made` makes a database that is not there yet, `there` refuses.
 * @throws ReplywrightError `database_*`.
 */
export async function withDatabase<Result>(
  context: Context,
  config: Config,
  where: 'made' | 'there',
  work: (db: Db) => Promise<Result>,
): Promise<Result> {
  const [{ openForCommand }, { openLog }] = await Promise.all([
    import('../storage/open.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('warn', (line) => context.err.write(line));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database = await openForCommand(settings, log, where);
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
}

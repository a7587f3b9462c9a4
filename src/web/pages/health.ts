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

/**
 * `ok` is about what a restart might mend: the database. A mailbox in error and a responder that
 * cannot draft are told beside it, because everything else goes on working.
 */
async function showHealth(desk: Desk, { response }: Visit): Promise<void> {
  const { version, trouble } = desk;
  const drafting = trouble === null ? 'ok' : 'none';
  try {
    const mailboxes = (await askMailboxes(desk)).map(({ name, contactedAt, errorAt }) => {
      return { name, contactedAt, ok: errorAt === null };
    });
    response.json({ ok: true, version, database: 'ok', drafting, mailboxes });
  } catch (error) {
    desk.log.warn('health_check_failed', { error });
    const database = 'unreachable';
    response.status(503).json({ ok: false, version, database, drafting, mailboxes: [] });
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

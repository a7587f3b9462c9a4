/** `/healthz`: for whatever watches the process, without a login and without personal data. */

import { type MailboxHealth, mailboxHealth } from '../../storage/mailbox-health.ts';
import { isAlarming } from '../mailbox-view.ts';
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

/** What machines may know: no address, and of an error its code, because its text names people. */
function publicHealth(health: MailboxHealth, alarm: boolean) {
  const { name, state, contactedAt, readAt, lagSeconds, error, nextTryAt } = health;
  return {
    ...{ name, ok: state === 'connected', state, alarm, contactedAt, readAt, lagSeconds },
    ...{ error: error?.code ?? null, since: error?.since ?? null, nextTryAt },
    ...{ waiting: health.waiting, taking: health.taking },
  };
}

/**
 * `ok` is about what a restart might mend: the database. A mailbox in error and a responder that
 * cannot draft are told beside it, because everything else goes on working. Only with `?mail` does
 * an alarming mailbox make the answer 503: for whatever wakes people, not for what restarts us.
 */
async function showHealth(desk: Desk, { request, response }: Visit): Promise<void> {
  const { version, instance, standing, silenceMinutes } = desk;
  const drafting =
    standing.drafting === null ? 'ok' : standing.drafting.everywhere ? 'none' : 'partly';
  const settings = standing.settings === null ? 'ok' : 'not applied';
  try {
    const now = new Date();
    const mailboxes = (await askMailboxes(desk)).map((each) =>
      publicHealth(each, isAlarming(each, silenceMinutes, now)),
    );
    const alarm = mailboxes.some((each) => each.alarm);
    const mail = alarm ? 'alarm' : mailboxes.every(({ ok }) => ok) ? 'ok' : 'trouble';
    if (alarm && request.query.mail !== undefined) response.status(503);
    const state = { version, instance, database: 'ok', drafting, settings, mail };
    response.json({ ok: true, ...state, mailboxes });
  } catch (error) {
    desk.log.warn('health_check_failed', { error });
    const database = 'unreachable';
    const state = { version, instance, database, drafting, settings, mail: 'unknown' };
    response.status(503).json({ ok: false, ...state, mailboxes: [] });
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

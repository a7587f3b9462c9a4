/** The role `web`: opens the desk, and the link that leads its owner in. */

import { randomBytes } from 'node:crypto';
import { sectionTitles } from '../responder/policies.ts';
import {
  createAccount,
  createLoginLink,
  findAccountByName,
  hasAdminPassword,
} from '../storage/accounts.ts';
import { sha256 } from '../storage/hash.ts';
import type { Db } from '../storage/tables.ts';
import { deskUrl, instanceOf } from '../web/desk-url.ts';
import type { Standing } from '../web/parts.ts';
import type { DeskPort } from '../web/port.ts';
import { createDesk } from '../web/server.ts';
import type { MailboxSet } from './mailbox-set.ts';
import type { Closers, Parts } from './parts.ts';
import type { Responders } from './responders.ts';

/** The account that the first login link leads to. */
const ownerName = 'owner';
const linkHours = 24;

/** A link that logs the owner in once: always in the sandbox, else while no admin has a password. */
async function ownerLink(db: Db, url: string, sandbox: boolean): Promise<string | null> {
  if (!sandbox && (await hasAdminPassword(db))) return null;
  const owner =
    (await findAccountByName(db, ownerName)) ??
    (await createAccount(db, { name: ownerName, role: 'admin', passwordHash: null }));
  const token = randomBytes(32).toString('base64url');
  await createLoginLink(db, owner.id, sha256(token), linkHours);
  return `${url}/login/${token}`;
}

/**
 * Serves the desk until the closers run.
 *
 * @param port taken before anything else was started.
 * @param mailboxes those of the settings; their owner changes them in place.
 * @param responders what drafts; its owner changes it in place.
 * @param standing what every page says about the program; its owner changes it in place.
 */
export async function startDesk(
  parts: Parts,
  port: DeskPort,
  standing: Standing,
  mailboxes: Pick<MailboxSet, 'addresses' | 'senderRules' | 'ways'>,
  responders: Responders,
  closers: Closers,
): Promise<{ url: string; loginLink: string | null }> {
  const { config, database, jobs, log, sandbox, changes } = parts;
  const { totalMegabytes, fileMegabytes } = config.attachments;
  const { publicUrl, undoSeconds, silenceMinutes } = config.desk;
  const desk = createDesk({
    db: database.db,
    jobs,
    changes,
    log,
    ownAddresses: mailboxes.addresses,
    senderRules: mailboxes.senderRules,
    mailboxes: mailboxes.ways,
    shopName: config.shop.name,
    sectionTitles: await sectionTitles(config.policies),
    categories: () => responders.categories,
    translating: {
      ...{ db: database.db, log, responders },
      get budget() {
        return responders.budget;
      },
      onDayOver: (error) => responders.noteDayOver(error),
    },
    undoSeconds,
    silenceMinutes,
    enclosureLimits: { total: totalMegabytes * 1_000_000, each: fileMegabytes * 1_000_000 },
    standing,
    sandbox,
    secureCookies: publicUrl?.startsWith('https:') ?? false,
    publicHost: publicUrl === null ? null : new URL(publicUrl).hostname,
    version: parts.version,
    instance: instanceOf(config.data),
  });
  port.serve(desk);
  // Once more, and so before all that the desk rests on.
  closers.add(() => port.close());
  const url = deskUrl(config.desk, port.port);
  return { url, loginLink: await ownerLink(database.db, url, sandbox !== null) };
}

/**
 * Newcomers: mails of writers whom no conversation knows are filed together.
 *
 * Who is new has nothing to be threaded with, so that a full mailbox, most of whose writers are, is
 * filed in a few statements instead of a dozen for each mail.
 */

import { referencedIds } from '../mail/threading.ts';
import { lockFiling } from '../storage/mailboxes.ts';
import { type Filing, fileNewcomers, knownWriters, waitingReplies } from '../storage/newcomers.ts';
import { filingOf, type ReadMail, type TriageParts } from './filing.ts';
import { namedDelivery } from './reported.ts';
import { writerOf } from './thread.ts';

/** A mail that somebody says to have written. */
type Written = ReadMail & { writerAddress: string };

function isWritten(mail: ReadMail): mail is Written {
  return mail.writerAddress !== null;
}

/** The bases of everybody to whom a mail went. */
function namedIn({ mail }: ReadMail): string[] {
  return [...mail.to, ...mail.cc].map(({ address }) => writerOf(address.toLowerCase()).base);
}

/**
 * The first mail of each writer, by the writer's base: a second one may continue what it begins.
 * None by or to somebody whom another of these mails involves: who is named in a mail may answer in
 * its conversation, so that the order of the two matters.
 */
function firstOfEach(mails: readonly ReadMail[]): Map<string, Written> {
  // A report belongs to the delivery that it names, whoever wrote it.
  const written = mails.filter(isWritten).filter(({ mail }) => namedDelivery(mail) === null);
  const baseOf = ({ writerAddress }: Written) => writerOf(writerAddress).base;
  const writers = new Set(written.map(baseOf));
  const first = new Map<string, Written>();
  for (const mail of written) if (!first.has(baseOf(mail))) first.set(baseOf(mail), mail);
  for (const mail of written) {
    const involved = namedIn(mail).filter((base) => writers.has(base) && base !== baseOf(mail));
    if (involved.length === 0) continue;
    for (const base of [...involved, baseOf(mail)]) first.delete(base);
  }
  return first;
}

/** The Message-IDs by which a reply that was read before it may know a mail. */
function namesOf({ mail }: ReadMail): string[] {
  return [...(mail.messageId === null ? [] : [mail.messageId]), ...referencedIds(mail)];
}

/**
 * Files those of the mails that a newcomer wrote.
 *
 * @returns the others, still to be filed one by one.
 * @throws ReplywrightError `state_changed` when one of the mails is no longer `stored`; then none
 *   is filed.
 */
export async function fileOfNewcomers(
  parts: TriageParts,
  mails: readonly ReadMail[],
): Promise<ReadMail[]> {
  const first = firstOfEach(mails);
  if (first.size === 0) return [...mails];
  const filed = await parts.db.transaction().execute(async (tx) => {
    await lockFiling(tx, [...first.keys()]);
    const mailsOfAll = [...first.values()];
    const writers = mailsOfAll.map(({ writerAddress }) => writerOf(writerAddress));
    const known = await knownWriters(tx, writers);
    const replied = await waitingReplies(tx, mailsOfAll.flatMap(namesOf));
    const fresh = mailsOfAll.filter(
      (mail) => !known.has(mail.writerAddress) && !namesOf(mail).some((name) => replied.has(name)),
    );
    const filings: Filing[] = fresh.map((mail) => filingOf(parts, mail));
    const draftIds = await fileNewcomers(tx, filings);
    const jobs = draftIds.map((draftId) => ({ draftId, failures: 0 }));
    await parts.jobs.sendAll(tx, 'draft', jobs);
    return new Set<ReadMail>(fresh);
  });
  for (const { id } of filed) parts.log.info('mail_triaged', { messageId: id });
  return mails.filter((mail) => !filed.has(mail));
}

/** Enclose: a person attaches files to a reply that nobody has decided on yet, or removes them. */

import { createHash } from 'node:crypto';
import { type EnclosureLimits, mostEnclosures } from '../domain/enclosure.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { ContentScan } from '../mail/content-scan.ts';
import { enclosureKind, enclosureName } from '../mail/enclosure-kind.ts';
import { lockConversation } from '../storage/conversations.ts';
import { lockOpenDraft } from '../storage/drafts.ts';
import {
  beginEnclosure,
  conversationOfLoose,
  finishEnclosure,
  keepPiece,
  looseEnclosures,
  removeLoose,
} from '../storage/enclosures.ts';
import { announce } from '../storage/events.ts';
import type { Db, Tx } from '../storage/tables.ts';
import { type Decidable, lockDecidable } from './decidable.ts';

export interface EncloseParts {
  db: Db;
  limits: EnclosureLimits;
}

/** Bytes of a file that are in memory, and in a row, at once. */
const pieceBytes = 512 * 1024;

/** In whole megabytes, as the settings have it. */
function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_000_000);
}

/** What a file may take, and what is told when it takes more. */
interface Room {
  bytes: number;
  full: ReplywrightError;
}

/** @throws ReplywrightError `attachments_too_many`. */
async function roomFor(
  db: Db,
  limits: EnclosureLimits,
  draft: Decidable,
  name: string,
): Promise<Room> {
  const there = await looseEnclosures(db, draft.conversationId);
  if (there.length >= mostEnclosures)
    throw new ReplywrightError('attachments_too_many', { name, limit: mostEnclosures });
  const left = limits.total - there.reduce((sum, { size }) => sum + size, 0);
  const full =
    left < limits.each
      ? new ReplywrightError('attachments_too_large', { name, limit: megabytes(limits.total) })
      : new ReplywrightError('attachment_too_large', { name, limit: megabytes(limits.each) });
  return { bytes: Math.min(left, limits.each), full };
}

/** Puts what streams in into pieces of one size, the last one smaller. */
async function* inPieces(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(pieceBytes);
  let filled = 0;
  for await (const chunk of content)
    for (let taken = 0; taken < chunk.length; ) {
      const copied = chunk.copy(piece, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafe(pieceBytes);
      filled = 0;
    }
  if (filled > 0) yield piece.subarray(0, filled);
}

/**
 * What a file is, by its name and what was seen of it.
 *
 * @throws ReplywrightError `attachment_refused`.
 */
function acceptedKind(scan: ContentScan, filename: string) {
  const { refusal, ...kind } = enclosureKind(scan, filename);
  if (refusal === null) return kind;
  const name = enclosureName(filename);
  throw new ReplywrightError('attachment_refused', { name, reason: refusal });
}

/** Keeps the bytes as they come, and says at their end what they are. */
async function keepContent(
  db: Db,
  { id, filename, room }: { id: number; filename: string; room: Room },
  content: AsyncIterable<Buffer>,
) {
  const hash = createHash('sha256');
  const scan = new ContentScan();
  let number = 0;
  for await (const piece of inPieces(content)) {
    scan.take(piece);
    if (scan.size > room.bytes) throw room.full;
    hash.update(piece);
    await keepPiece(db, id, number, piece);
    number += 1;
  }
  const { size } = scan;
  if (size === 0) {
    const name = enclosureName(filename);
    throw new ReplywrightError('attachment_refused', { name, reason: 'it is empty' });
  }
  return { ...acceptedKind(scan, filename), size, sha256: hash.digest('hex') };
}

/** Tells open pages that what goes out with the draft is another than it was. */
async function announceChange(tx: Tx, { id, conversationId, state }: Decidable): Promise<void> {
  await announce(tx, { kind: 'draft', draftId: id, conversationId, state });
}

/**
 * Attaches a file to the reply that a draft proposes. The bytes are kept as they come, and belong to
 * the reply from the moment when all are here, in one transaction; a process that dies before leaves
 * a beginning that nobody sees and the sweep removes.
 *
 * @param content read to its end, or up to what is too much.
 * @throws ReplywrightError `not_found`, `draft_stale`, `state_changed`, `attachment_refused`,
 *   `attachment_too_large`, `attachments_too_large`, `attachments_too_many`.
 */
export async function attachFile(
  { db, limits }: EncloseParts,
  { draftId, accountId, filename }: { draftId: number; accountId: number; filename: string },
  content: AsyncIterable<Buffer>,
): Promise<void> {
  const name = enclosureName(filename);
  const draft = await db.transaction().execute((tx) => lockDecidable(tx, draftId));
  // A name that is refused whatever the file holds spares its upload.
  acceptedKind(new ContentScan(), filename);
  const room = await roomFor(db, limits, draft, name);
  const { conversationId, messageId } = draft;
  const id = await beginEnclosure(db, { conversationId, messageId, accountId, filename: name });
  try {
    const kept = await keepContent(db, { id, filename, room }, content);
    await db.transaction().execute(async (tx) => {
      const still = await lockDecidable(tx, draftId);
      const there = await looseEnclosures(tx, still.conversationId);
      // An upload whose answer was lost is made again.
      const twin = there.some((each) => each.filename === name && each.sha256 === kept.sha256);
      if (twin) return void (await removeLoose(tx, id));
      // Others may have attached files while this one came.
      if (kept.size > (await roomFor(tx, limits, still, name)).bytes) throw room.full;
      await finishEnclosure(tx, id, kept);
      await announceChange(tx, still);
    });
  } catch (error) {
    await removeLoose(db, id);
    throw error;
  }
}

/**
 * Removes a file from a reply that nobody has decided on yet.
 *
 * @returns the conversation.
 * @throws ReplywrightError `not_found`, `draft_stale`, `state_changed`.
 */
export async function removeFile(
  { db }: { db: Db },
  { enclosureId }: { enclosureId: number },
): Promise<{ conversationId: number }> {
  return await db.transaction().execute(async (tx) => {
    const gone = new ReplywrightError('not_found', { what: 'attachment', id: enclosureId });
    const { id: conversationId } = await lockConversation(tx, async () => {
      const found = await conversationOfLoose(tx, enclosureId);
      if (found === null) throw gone;
      return found;
    });
    const open = await lockOpenDraft(tx, conversationId);
    if (open === null) throw gone;
    const draft = await lockDecidable(tx, open.id);
    if (!(await removeLoose(tx, enclosureId))) throw gone;
    await announceChange(tx, draft);
    return { conversationId };
  });
}

/** The files of a reply as its page shows them: those of the next one, and those of a decided one. */

import type { Enclosure, EnclosureLimits } from '../domain/enclosure.ts';
import { fileSize } from '../domain/file-size.ts';
import type { ConversationView } from '../storage/conversation-view.ts';
import { enclosureSetHash, enclosuresOf, looseEnclosures } from '../storage/enclosures.ts';
import type { Db } from '../storage/tables.ts';
import { count } from './wording.ts';

export interface ReplyFiles {
  /** What the next reply would carry. */
  next: Enclosure[];
  /** What the reply of the standing decision carries. */
  decided: Enclosure[];
}

/** The files of a conversation's replies. */
export async function loadReplyFiles(
  db: Db,
  { id, decision }: ConversationView,
): Promise<ReplyFiles> {
  const [next, decided] = await Promise.all([
    looseEnclosures(db, id),
    decision === null ? [] : enclosuresOf(db, decision.id),
  ]);
  return { next, decided };
}

/** The files of an open draft, and what can still be attached to it. */
export function nextFilesView(
  enclosures: readonly Enclosure[],
  messageId: number,
  limits: EnclosureLimits,
) {
  const used = enclosures.reduce((sum, { size }) => sum + size, 0);
  return {
    sha256: enclosureSetHash(enclosures),
    list: enclosures.map(({ id, filename, size, messageId: attachedAt }) => ({
      id,
      filename,
      size,
      // The customer has written since: it may not fit what is answered now.
      earlier: attachedAt !== messageId,
    })),
    word: count(enclosures.length, 'attachment', 'attachments'),
    used: `${fileSize(used)} of ${fileSize(limits.total)}`,
    left: Math.max(0, limits.total - used),
    each: limits.each,
  };
}

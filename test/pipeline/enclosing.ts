/** Mails with drafts, and files that are attached to their replies. */

import { sql } from 'kysely';
import { attachFile } from '../../src/pipeline/enclose.ts';
import { type Approval, approve, reject } from '../../src/pipeline/review.ts';
import { looseEnclosures } from '../../src/storage/enclosures.ts';
import {
  approvalFor,
  arrive,
  draftResult,
  type House,
  newestDraft,
  newId,
} from '../support/parts.ts';
import { drafted } from './ready.ts';

export const limits = { total: 3_000_000, each: 2_000_000 };

export const pdf = Buffer.from('%PDF-1.7 the invoice');

async function* stream(...chunks: (Buffer | Error)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}

/** What people do with files in the house that `open` gives. */
export function enclosing(open: () => House) {
  const attach = (draftId: number, filename: string, ...chunks: (Buffer | Error)[]) =>
    attachFile(
      { db: open().db, limits },
      { draftId, accountId: open().account.id, filename },
      stream(...chunks),
    );
  return {
    attach,
    attachPdf: (draftId: number, name = 'invoice.pdf') => attach(draftId, name, pdf),
    /** A mail with a draft that can be decided on. */
    async ready(result = draftResult()) {
      const messageId = newId();
      const message = await arrive(open(), { messageId });
      const draft = await newestDraft(open(), message.conversation_id);
      await drafted(open(), draft.id, result);
      return { draftId: draft.id, conversationId: draft.conversation_id, messageId };
    },
    namesOf: async (conversationId: number) =>
      (await looseEnclosures(open().db, conversationId)).map(({ filename }) => filename),
    approving: async (draftId: number, changes: Partial<Approval> = {}) =>
      await approve(open().reviewParts, await approvalFor(open(), draftId, changes)),
    rejecting: (draftId: number, redraft: boolean) =>
      reject(open().reviewParts, {
        ...{ draftId, accountId: open().account.id, redraft },
        ...{ reasons: [], note: 'No.' },
      }),
    /** What is stored of files of that name. */
    async rowsLeft(filename: string) {
      const { rows } = await sql<{ rows: number; pieces: number }>`
        select count(distinct enclosure.id)::int as rows, count(number)::int as pieces
        from enclosure left join enclosure_piece on enclosure_id = enclosure.id
        where filename = ${filename}`.execute(open().db);
      return rows[0];
    },
  };
}

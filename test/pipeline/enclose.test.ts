/** Attaching files: whole or not at all, within limits, and sent only as they were shown. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attachFile, removeFile } from '../../src/pipeline/enclose.ts';
import { approve } from '../../src/pipeline/review.ts';
import { enclosuresOf, looseEnclosures } from '../../src/storage/enclosures.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { approvalFor, draftResult, type House, openHouse } from '../support/parts.ts';
import { enclosing, limits, pdf } from './enclosing.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const { ready, attach, attachPdf, namesOf, approving, rowsLeft } = enclosing(() => house);

describe('a file', () => {
  test('is kept in pieces, with its type, size and hash', async () => {
    const { draftId, conversationId } = await ready();
    const content = Buffer.alloc(1_300_000, 'piece of ');
    await attach(draftId, 'big.bin', content.subarray(0, 70_001), content.subarray(70_001));
    expect(await looseEnclosures(house.db, conversationId)).toMatchObject([
      {
        ...{ filename: 'big.bin', contentType: 'application/octet-stream' },
        ...{ size: 1_300_000, sha256: sha256(content) },
      },
    ]);
    expect(await rowsLeft('big.bin')).toEqual({ rows: 1, pieces: 3 });
  });

  test.each<[string, string, (Buffer | Error)[]]>([
    ['attachment_refused', 'empty.txt', []],
    ['attachment_refused', 'setup.exe', [pdf]],
    ['attachment_refused', 'renamed.pdf', [Buffer.from('MZ\x90\0')]],
    ['attachment_too_large', 'large.bin', [Buffer.alloc(1_999_999), Buffer.alloc(2)]],
    ['upload broke off', 'half.bin', [Buffer.alloc(900_000), new Error('upload broke off')]],
  ])('leaves nothing behind after %s', async (failure, name, chunks) => {
    const { draftId, conversationId } = await ready();
    const attaching = attach(draftId, name, ...chunks);
    if (failure.includes(' ')) await expect(attaching).rejects.toThrow(failure);
    else await expect(attaching).rejects.toMatchObject({ code: failure });
    expect(await namesOf(conversationId)).toEqual([]);
    expect(await rowsLeft(name)).toEqual({ rows: 0, pieces: 0 });
  });

  test('goes no further than what is left for all of them', async () => {
    const { draftId, conversationId } = await ready();
    await attach(draftId, 'one.bin', Buffer.alloc(2_000_000, 1));
    const second = attach(draftId, 'two.bin', Buffer.alloc(1_000_001, 2));
    await expect(second).rejects.toMatchObject({ code: 'attachments_too_large' });
    await attach(draftId, 'two.bin', Buffer.alloc(1_000_000, 2));
    expect(await namesOf(conversationId)).toEqual(['one.bin', 'two.bin']);
  });

  test('shares what is left with one that came meanwhile', async () => {
    const { draftId, conversationId } = await ready();
    const files = ['a', 'b', 'c'].map((name, at) =>
      attach(draftId, name, Buffer.alloc(1_400_000, at)),
    );
    const ended = await Promise.allSettled(files);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await namesOf(conversationId)).toHaveLength(2);
  });

  test('that comes twice is attached once', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    await attachPdf(draftId);
    await attachPdf(draftId, 'again.pdf');
    expect(await namesOf(conversationId)).toEqual(['invoice.pdf', 'again.pdf']);
  });

  test('is removed, once', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const [file] = await looseEnclosures(house.db, conversationId);
    const remove = () => removeFile(house, { enclosureId: file?.id ?? 0 });
    expect(await remove()).toEqual({ conversationId });
    await expect(remove()).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an approval', () => {
  test('sends exactly the files that were shown', async () => {
    const { draftId } = await ready();
    const before = await approvalFor(house, draftId);
    await attachPdf(draftId);
    const one = await approvalFor(house, draftId);
    await attachPdf(draftId, 'two.pdf');
    for (const outdated of [before, one])
      await expect(approve(house.reviewParts, outdated)).rejects.toMatchObject({
        code: 'attachments_changed',
      });
    const { decisionId } = await approving(draftId);
    expect(await enclosuresOf(house.db, decisionId)).toMatchObject([
      { filename: 'invoice.pdf' },
      { filename: 'two.pdf' },
    ]);
  });

  test('leaves out a file that is still on its way, and that file then has no reply', async () => {
    const { draftId, conversationId } = await ready();
    let goOn = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* slowly() {
      yield Buffer.alloc(600_000, 1);
      await waiting;
      yield Buffer.alloc(10, 2);
    }
    const who = { draftId, accountId: house.account.id, filename: 'late.bin' };
    const attaching = attachFile({ db: house.db, limits }, who, slowly());
    const late = expect(attaching).rejects.toMatchObject({ code: 'state_changed' });
    const { decisionId } = await approving(draftId);
    goOn();
    await late;
    expect(await enclosuresOf(house.db, decisionId)).toEqual([]);
    expect(await namesOf(conversationId)).toEqual([]);
    expect(await rowsLeft('late.bin')).toEqual({ rows: 0, pieces: 0 });
  });

  test('keeps its files from being removed', async () => {
    const { draftId, conversationId } = await ready();
    await attachPdf(draftId);
    const [file] = await looseEnclosures(house.db, conversationId);
    await approving(draftId);
    const removing = removeFile(house, { enclosureId: file?.id ?? 0 });
    await expect(removing).rejects.toMatchObject({ code: 'not_found' });
  });

  test('asks once where the text speaks of an attachment and there is none', async () => {
    const { draftId } = await ready();
    const text = 'The invoice is attached.';
    await expect(approving(draftId, { text })).rejects.toMatchObject({
      code: 'attachment_missing',
    });
    const { decisionId } = await approving(draftId, { text, withoutFile: true });
    const decision = await house.db
      .selectFrom('decision')
      .select('override')
      .where('id', '=', decisionId)
      .executeTakeFirstOrThrow();
    expect(decision.override).toBe(true);
  });

  test('with the file needs no override of the check that missed it', async () => {
    const spans = [{ start: 15, end: 23 }];
    const check = { check: 'attachments', passed: false, message: 'No file.', spans };
    const fields = { reply: 'The invoice is attached.' };
    const { draftId } = await ready(draftResult(fields, { checks: [check] }));
    await expect(approving(draftId)).rejects.toMatchObject({ code: 'attachment_missing' });
    await attachPdf(draftId);
    await approving(draftId);
  });
});

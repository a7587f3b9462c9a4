/** An import that is broken off goes on where it stopped, and stores nothing twice. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistorySource } from '../../src/mail/history.ts';
import { type HistoryParts, HistoryReader } from '../../src/pipeline/history.ts';
import { readProgress } from '../../src/storage/import-progress.ts';
import { type House, letter, newId, openHouse } from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const parts = (): HistoryParts => ({
  db: house.db,
  mailboxId: house.mailbox.id,
  ownAddresses: new Set(),
  trustedForms: [],
  since: null,
  dryRun: false,
});

/** A source of these mails that dies before mail `end`. */
function sourceOf(name: string, mails: readonly Buffer[], end = mails.length) {
  const read: number[] = [];
  const source: HistorySource = {
    ...{ name, fingerprint: 'one', total: mails.length, growsAtEnd: true },
    async read(after, take) {
      for (let index = Number(after ?? 0); index < mails.length; index += 1) {
        if (index >= end) throw new Error('killed');
        read.push(index);
        const raw = mails[index] ?? Buffer.alloc(0);
        await take({ raw, receivedAt: null, position: String(index + 1), done: index + 1 });
      }
    },
    close: async () => {},
  };
  return { source, read };
}

async function storedCount(mails: readonly Buffer[]): Promise<number> {
  const rows = await house.db
    .selectFrom('message')
    .select('raw')
    .where('mailbox_id', '=', house.mailbox.id)
    .execute();
  const raws = new Set(mails.map(String));
  return rows.filter(({ raw }) => raws.has(String(raw))).length;
}

test('after a death in the middle, from the last batch on', async () => {
  const mails = Array.from({ length: 250 }, (_, n) => letter({ subject: `Past ${n}` }));
  const broken = sourceOf('broken', mails, 230);
  const dying = new HistoryReader(parts(), broken.source, false).run(() => {});
  await expect(dying).rejects.toThrow('killed');
  expect(await storedCount(mails)).toBe(200);
  const whole = sourceOf('broken', mails);
  const told: number[] = [];
  const reader = new HistoryReader(parts(), whole.source, false);
  await reader.run((done) => told.push(done));
  expect(whole.read[0]).toBe(200);
  expect(reader.counts).toMatchObject({ read: 50, stored: 50, duplicates: 0 });
  expect(told.at(-1)).toBe(250);
  expect(await storedCount(mails)).toBe(250);
});

test('another source at the same place is read from its beginning', async () => {
  const mails = [letter({ subject: 'one' }), letter({ subject: 'two' })];
  await new HistoryReader(parts(), sourceOf('same', mails).source, false).run(() => {});
  const other = sourceOf('same', mails);
  const changed = { ...other.source, fingerprint: 'two' };
  const reader = new HistoryReader(parts(), changed, false);
  await reader.run(() => {});
  expect(reader.counts).toMatchObject({ read: 2, stored: 0, duplicates: 2 });
});

test('a source whose mail comes in any order is looked at again as a whole', async () => {
  const mails = [letter({ subject: 'one' })];
  const { source } = sourceOf('loose', mails);
  await new HistoryReader(parts(), { ...source, growsAtEnd: false }, false).run(() => {});
  expect(await readProgress(house.db, house.mailbox.id, 'loose', 'one')).toBeNull();
});

test('what the database cannot keep is stored as bytes alone, and the others whole', async () => {
  // 2,696 bytes that cannot be compressed: more than an entry of an index may have.
  const odd = Array.from({ length: 898 }, (_, n) => 0x4e00 + ((n * 7_919) % 20_000));
  const huge = letter({ messageId: `<${String.fromCodePoint(...odd)}>` });
  const mails = [letter({ subject: 'before' }), huge, letter({ subject: 'behind' })];
  const reader = new HistoryReader(parts(), sourceOf('odd', mails).source, false);
  await reader.run(() => {});
  expect(reader.counts).toMatchObject({ stored: 3 });
  expect(reader.counts).toMatchObject({ stored: 3 });
  const rows = await house.db
    .selectFrom('message')
    .select('state_reason')
    .where('raw', 'in', mails)
    .execute();
  expect(rows.filter((row) => row.state_reason !== null)).toHaveLength(1);
});

test('the mails of one thread share a conversation, in whatever order they are read', async () => {
  const [first, second] = [newId(), newId()];
  const subject = 'One thread';
  const shop = 'The Shop <help@shop.example>';
  const asked = letter({ messageId: first, subject });
  const answered = Buffer.from(
    String(letter({ from: shop, messageId: second, inReplyTo: first, subject })).replace(
      /^To: .*$/m,
      'To: ana@customer.example',
    ),
  );
  const again = letter({ inReplyTo: second, subject });
  for (const mails of [[answered, again, asked], [asked], [again, answered]]) {
    const reader = new HistoryReader(
      { ...parts(), ownAddresses: new Set(['help@shop.example']) },
      sourceOf(newId(), mails).source,
      false,
    );
    await reader.run(() => {});
  }
  const rows = await house.db
    .selectFrom('message')
    .select(['conversation_id', 'direction'])
    .where('subject', '=', subject)
    .execute();
  expect(rows.map(({ direction }) => direction).sort()).toEqual(['inbound', 'inbound', 'outbound']);
  expect(new Set(rows.map((row) => row.conversation_id)).size).toBe(1);
});

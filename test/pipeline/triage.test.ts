/** Triage: what a mail is, which conversation it belongs to, and that nothing stays unfiled. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import { treatAsAnswerable, triage } from '../../src/pipeline/triage.ts';
import {
  arrive,
  draftRow,
  type House,
  type Letter,
  letter,
  newestDraft,
  newId,
  openHouse,
  shopAddress,
  storeMail,
  takeJobs,
  waitingJobs,
} from '../support/parts.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

const stored = (raw: Buffer) => storeMail(house, raw);

async function messageRow(id: number) {
  return await house.db
    .selectFrom('message')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

async function draftsOf(conversationId: number | null) {
  return await house.db
    .selectFrom('draft')
    .select(['id', 'state', 'message_id'])
    .where('conversation_id', '=', conversationId)
    .orderBy('id')
    .execute();
}

describe('filing', () => {
  test('a customer is answered: conversation, draft and job', async () => {
    await takeJobs(house.db, 'draft');
    const message = await arrive(house, { subject: 'Kettle?', text: 'Where is it?' });
    expect(message).toMatchObject({
      state: 'answerable',
      state_reason: null,
      from_name: 'Ana',
      from_address: 'ana@customer.example',
      subject: 'Kettle?',
    });
    expect(message.new_text.trim()).toBe('Where is it?');
    const draft = await newestDraft(house, message.conversation_id);
    expect(draft).toMatchObject({ state: 'queued', message_id: message.id });
    const jobs = await waitingJobs(house.db, 'draft');
    expect(jobs.map(({ data }) => data)).toEqual([{ draftId: draft.id, failures: 0 }]);
    const conversation = await house.db
      .selectFrom('conversation')
      .selectAll()
      .where('id', '=', message.conversation_id)
      .executeTakeFirstOrThrow();
    expect(conversation).toMatchObject({
      customer_address: 'ana@customer.example',
      last_message_id: message.id,
      normalized_subject: 'kettle?',
    });
  });

  const filed: [string, Letter, string][] = [
    ['an out-of-office', { headers: ['Auto-Submitted: auto-replied'] }, 'automated'],
    ['a newsletter', { headers: ['List-Id: <news.example>'] }, 'automated'],
    ['our own mail', { from: shopAddress }, 'blocked'],
    ['a mail of two senders', { headers: ['From: other@customer.example'] }, 'blocked'],
  ];
  test.each(filed)('%s is filed and not answered', async (_what, given, state) => {
    await takeJobs(house.db, 'draft');
    const message = await arrive(house, given);
    expect(message).toMatchObject({ state, conversation_id: null });
    expect(message.state_reason).toMatch(/\.$/);
    expect(await waitingJobs(house.db, 'draft')).toEqual([]);
  });

  test('what cannot be read is quarantined with its reason, and the next one is filed', async () => {
    const bomb = Buffer.concat([
      letter({ subject: 'Where is my kettle?' }),
      Buffer.from('\n--x'.repeat(30_000)),
    ]);
    const id = await stored(bomb);
    const told: string[] = [];
    await triage({ ...house.triageParts, log: openLog('info', (line) => told.push(line)) }, [id]);
    expect(told.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        event: 'mail_quarantined',
        messageId: id,
        code: 'mail_unparsable',
      },
    ]);
    expect(await messageRow(id)).toMatchObject({
      state: 'quarantined',
      conversation_id: null,
      from_name: 'Ana <ana@customer.example>',
      subject: 'Where is my kettle?',
    });
    expect((await messageRow(id)).state_reason).toContain('it has too many parts');
    expect((await arrive(house)).state).toBe('answerable');
  });

  test('a second time does nothing', async () => {
    const message = await arrive(house);
    await triage(house.triageParts, [message.id]);
    await triage(house.triageParts, [999_999]);
    expect(await draftsOf(message.conversation_id)).toHaveLength(1);
  });

  test('many at once file a mail once, and none of them fails', async () => {
    const id = await stored(letter());
    await Promise.all(Array.from({ length: 8 }, () => triage(house.triageParts, [id])));
    const { conversation_id } = await messageRow(id);
    expect(await draftsOf(conversation_id)).toHaveLength(1);
  });

  test('an id too long for an index quarantines its mail, for ever trying helps nobody', async () => {
    const wild = Array.from({ length: 894 }, (_, at) => String.fromCharCode(0x4e00 + at * 7));
    const id = await stored(letter({ messageId: `<${wild.join('')}@x>` }));
    await triage(house.triageParts, [id]);
    expect((await messageRow(id)).state).not.toBe('stored');
  });

  test('whatever the bytes, a mail is filed', async () => {
    const field = fc.constantFrom('From', 'Subject', 'Message-ID', 'References', 'Content-Type');
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('a@b.example', '"\\" <a@b.example>', '=?utf-8?B?AAAA?=', '=?x?Q?=00=ED=A0?='),
    );
    const lines = fc.array(fc.tuple(field, value), { maxLength: 8 });
    const body = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(lines, body, fc.boolean(), async (headers, bytes, valid) => {
        const head = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
        const from = valid ? 'From: eve@customer.example\r\n' : '';
        const id = await stored(Buffer.concat([Buffer.from(`${from}${head}\r\n`), bytes]));
        await triage(house.triageParts, [id]);
        expect((await messageRow(id)).state).not.toBe('stored');
      }),
      { numRuns: 150 },
    );
  });
});

describe('threading', () => {
  test('a reply joins the conversation, and takes the place of the open draft', async () => {
    const messageId = newId();
    const first = await arrive(house, { messageId });
    const second = await arrive(house, { inReplyTo: messageId, references: [messageId] });
    expect(second.conversation_id).toBe(first.conversation_id);
    expect(await draftsOf(first.conversation_id)).toMatchObject([
      { state: 'stale', message_id: first.id },
      { state: 'queued', message_id: second.id },
    ]);
  });

  const headers: [string, (parent: string) => Letter][] = [
    ['References', (parent) => ({ references: [newId(), parent] })],
    ['In-Reply-To', (parent) => ({ inReplyTo: parent })],
  ];
  test.each(headers)('a mail that comes before the one it answers, by %s', async (_what, refer) => {
    const parent = newId();
    const second = await arrive(house, refer(parent));
    const first = await arrive(house, { messageId: parent });
    expect(first.conversation_id).toBe(second.conversation_id);
    expect(await draftsOf(first.conversation_id)).toHaveLength(2);
  });

  test('every order of a thread of three gives one conversation', async () => {
    const orders = [
      ...[
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
      ],
      ...[
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ],
    ];
    for (const order of orders) {
      const [a, b, c] = [newId(), newId(), newId()];
      const thread: Letter[] = [
        { messageId: a },
        { messageId: b, inReplyTo: a, references: [a] },
        { messageId: c, inReplyTo: b, references: [a, b] },
      ];
      const found = new Set<number | null>();
      for (const at of order) found.add((await arrive(house, thread[at])).conversation_id);
      expect([order, found.size]).toEqual([order, 1]);
    }
  });

  test('another customer who cites our mail stays apart', async () => {
    const messageId = newId();
    const first = await arrive(house, { messageId });
    const other = await arrive(house, {
      from: 'mallory@elsewhere.example',
      inReplyTo: messageId,
      references: [messageId],
    });
    expect(other.conversation_id).not.toBe(first.conversation_id);
    const again = await arrive(house, { inReplyTo: messageId });
    expect(again.conversation_id).toBe(first.conversation_id);
  });

  test('an address that is written with other capitals is the same customer', async () => {
    const messageId = newId();
    const first = await arrive(house, { messageId, from: 'Ana <ana@customer.example>' });
    const second = await arrive(house, {
      from: 'Ana <Ana@Customer.example>',
      inReplyTo: messageId,
    });
    expect(second.conversation_id).toBe(first.conversation_id);
    expect(second.from_address).toBe('Ana@customer.example');
  });

  test('the nearest of several conversations is continued', async () => {
    const [far, near] = [newId(), newId()];
    await arrive(house, { messageId: far });
    const nearest = await arrive(house, { messageId: near });
    const reply = await arrive(house, { inReplyTo: near, references: [far, near] });
    expect(reply.conversation_id).toBe(nearest.conversation_id);
  });

  test('mails of one thread that are filed at the same time share a conversation', async () => {
    for (let round = 0; round < 10; round += 1) {
      const parent = newId();
      const ids = [
        await stored(letter({ messageId: parent })),
        await stored(letter({ inReplyTo: parent })),
        await stored(letter({ references: [parent] })),
      ];
      await Promise.all(ids.toReversed().map((id) => triage(house.triageParts, [id])));
      const rows = await Promise.all(ids.map(messageRow));
      expect(new Set(rows.map((row) => row.conversation_id)).size).toBe(1);
      const drafts = await draftsOf(rows[0]?.conversation_id ?? null);
      // Whichever was filed last, it is the newest that waits for an answer.
      const queued = drafts.filter(({ state }) => state === 'queued');
      expect(queued.map(({ message_id }) => message_id)).toEqual(ids.slice(-1));
    }
  });

  test('an automatic mail joins its conversation and changes nothing there', async () => {
    const messageId = newId();
    const first = await arrive(house, { messageId });
    const away = await arrive(house, {
      inReplyTo: messageId,
      headers: ['Auto-Submitted: auto-replied'],
    });
    expect(away).toMatchObject({ state: 'automated', conversation_id: first.conversation_id });
    expect(await draftsOf(first.conversation_id)).toMatchObject([{ state: 'queued' }]);
  });
});

describe('a person calls a filed mail answerable', () => {
  test('it gets its conversation and a draft', async () => {
    const message = await arrive(house, { headers: ['Auto-Submitted: auto-generated'] });
    const { conversationId } = await treatAsAnswerable(house, { messageId: message.id });
    expect(await messageRow(message.id)).toMatchObject({
      state: 'answerable',
      state_reason: null,
      conversation_id: conversationId,
    });
    const draft = await newestDraft(house, conversationId);
    expect(await draftRow(house, draft.id)).toMatchObject({ message_id: message.id });
  });

  test.each([
    ['one that is answerable already', {}, 'state_changed'],
    ['one without a sender', { from: 'nobody', headers: ['Precedence: bulk'] }, 'no_recipient'],
  ] as [string, Letter, string][])('not %s', async (_what, given, code) => {
    const { id } = await arrive(house, given);
    await expect(treatAsAnswerable(house, { messageId: id })).rejects.toMatchObject({ code });
  });

  test('not one that does not exist', async () => {
    await expect(treatAsAnswerable(house, { messageId: 999_999 })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

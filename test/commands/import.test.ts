/** `replywright import`: the past becomes history and candidates, once, and never work. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decideCandidate } from '../../src/pipeline/candidates.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { queueCounts } from '../../src/storage/queue.ts';
import { type House, openHouse, takeJobs } from '../support/parts.ts';
import {
  archive,
  both,
  candidates,
  forgetAll,
  importing,
  mail,
  mbox,
  messages,
  reply,
  settings,
} from './past.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => forgetAll(house));
afterAll(async () => {
  await house.drop();
});

test('pairs a mail with its reply, new text only, and makes no work of it', async () => {
  const summary = await importing(house, both, archive);
  expect(summary).toEqual({
    ...{ mailbox: 'support', dryRun: false, read: 2, stored: 2, duplicates: 0 },
    ...{ automated: 0, unparsable: 0, older: 0, pairs: 1 },
  });
  expect(await candidates(house)).toEqual([
    {
      ...{ customer_text: 'Where is it?', reply: 'It is on its way.' },
      ...{ origin: 'human', source: 'import', state: 'offered' },
    },
  ]);
  const stored = await messages(house);
  expect(stored.map(({ state, direction }) => [state, direction])).toEqual([
    ['imported', 'inbound'],
    ['imported', 'outbound'],
  ]);
  expect(new Set(stored.map((each) => each.conversation_id)).size).toBe(1);
  expect(Object.values(await queueCounts(house.db)).every((n) => n === 0)).toBe(true);
  expect(await takeJobs(house.db, 'triage')).toEqual([]);
});

test('again, it stores nothing twice', async () => {
  const cwd = temporaryFolder();
  await importing(house, both, archive, cwd);
  expect(await importing(house, both, {}, cwd)).toMatchObject({ read: 0, stored: 0, pairs: 0 });
  await house.db.deleteFrom('import_progress').execute();
  expect(await importing(house, both, {}, cwd)).toMatchObject({
    read: 2,
    stored: 0,
    duplicates: 2,
    pairs: 0,
  });
  // As another program exports it: other line ends, another field.
  const changed = mbox(`X-Folder: Inbox\n${mail({})}`.replaceAll('\n', '\r\n'));
  expect(
    await importing(house, ['--mbox', 'new.mbox'], { 'new.mbox': changed }, cwd),
  ).toMatchObject({
    stored: 0,
    duplicates: 1,
  });
});

test('a dry run counts and stores nothing', async () => {
  const summary = await importing(house, [...both, '--dry-run'], archive);
  expect(summary).toMatchObject({ dryRun: true, read: 2, stored: 2, pairs: null });
  expect(await messages(house)).toEqual([]);
});

test('Maildir, .eml and what our addresses sent in one archive', async () => {
  const words = ['--maildir', 'Maildir', '--sent', 'Maildir/.Sent', '--eml', 'eml'];
  const summary = await importing(house, [...words, '--own', 'BO@shop.example'], {
    'Maildir/cur/1': mail({}),
    'Maildir/new/2': mail({ id: 'two', subject: 'Lamp' }),
    'Maildir/.Sent/cur/3': reply({}),
    'eml/4.eml': reply({ id: 'r2', inReplyTo: 'two', from: 'Bo <bo@shop.example>' }),
  });
  expect(summary).toMatchObject({ read: 4, stored: 4, pairs: 2 });
});

test('a large mail is stored as it came', async () => {
  const large = mail({ text: `Where is it?\n${'x'.repeat(70)}\n`.repeat(4_000) });
  expect(await importing(house, ['--eml', '.'], { '1.eml': large })).toMatchObject({ stored: 1 });
  const { raw, text } = await house.db
    .selectFrom('message')
    .select(['raw', 'text'])
    .executeTakeFirstOrThrow();
  expect(raw.toString()).toBe(large);
  expect(text).toContain('Where is it?');
});

test('automatic mail, mail that cannot be read and older mail', async () => {
  const deep = `Content-Type: multipart/mixed; boundary=a\n\n${'--a\n\nx\n'.repeat(20_050)}--a--\n`;
  const summary = await importing(house, ['--eml', '.', '--since', '2024-01-01'], {
    '1.eml': mail({ id: 'auto', headers: ['Auto-Submitted: auto-replied'] }),
    '2.eml': deep,
    '3.eml': mail({ id: 'old', date: 'Mon, 04 Mar 2019 10:00:00 +0000' }),
    '4.eml': mail({}),
  });
  expect(summary).toMatchObject({ read: 4, stored: 3, automated: 1, unparsable: 1, older: 1 });
  const filed = (await messages(house)).filter((each) => each.state_reason !== null);
  expect(filed.map(({ state, conversation_id }) => [state, conversation_id])).toEqual([
    ['imported', null],
    ['imported', null],
  ]);
});

describe('beside live mail', () => {
  const live = (raw: string) =>
    takeIn(house, house.mailbox.id, [{ raw: Buffer.from(raw), place: null, receivedAt: null }]);

  async function file(raw: string) {
    await live(raw);
    for (const { data } of await takeJobs(house.db, 'triage'))
      await triage(house.triageParts, data.messageIds);
    return await house.db
      .selectFrom('message')
      .selectAll()
      .where('raw_sha256', '=', sha256(Buffer.from(raw)))
      .executeTakeFirstOrThrow();
  }

  test('a new mail that answers an imported conversation joins it', async () => {
    await importing(house, both, archive);
    const [old] = await messages(house);
    const next = await file(mail({ id: 'next', inReplyTo: 'answered', text: 'Thanks!' }));
    expect(next).toMatchObject({ state: 'answerable', conversation_id: old?.conversation_id });
  });

  test('the mailbox hands over what an import read first: new mail is work, the past is not', async () => {
    const fresh = mail({ id: 'fresh', date: new Date(Date.now() - 3_600_000).toUTCString() });
    const past = mail({ id: 'past' });
    await importing(house, ['--eml', '.'], { '1.eml': fresh, '2.eml': past });
    expect((await file(past)).state).toBe('imported');
    expect((await file(fresh)).state).toBe('answerable');
  });
});

test('an accepted candidate is exported, a declined one is not', async () => {
  await importing(house, both, {
    'in.mbox': mbox(mail({}), mail({ id: 'two', subject: 'Lamp', text: 'Is it broken?' })),
    'sent.mbox': mbox(reply({}), reply({ id: 'r2', inReplyTo: 'two', text: 'No.' })),
  });
  const rows = await house.db.selectFrom('candidate').select('id').orderBy('id').execute();
  const decide = (index: number, verdict: 'accepted' | 'declined' | 'offered') =>
    decideCandidate(house, {
      candidateId: rows[index]?.id ?? 0,
      accountId: house.account.id,
      verdict,
    });
  await decide(0, 'accepted');
  await decide(1, 'accepted');
  await decide(1, 'offered');
  await decide(1, 'declined');
  await expect(decide(1, 'accepted')).rejects.toMatchObject({ code: 'state_changed' });
  const cwd = temporaryFolder();
  const env = { DATABASE_URL: house.database.url };
  const { out } = await runCommand(['export', '--out', '-'], { cwd, env });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      messages: [
        { role: 'user', content: 'Where is it?' },
        { role: 'assistant', content: 'It is on its way.' },
      ],
    },
  ]);
});

const mistakes: [string[], string][] = [
  [[], 'Nothing to import is named'],
  [['--mbox', 'gone.mbox'], 'there is nothing of that name'],
  [['--eml', '.', '--since', 'soon'], '--since soon is no date'],
  [['--eml', '.', '--mailbox', 'other'], 'There is no mailbox other'],
  [['--imap', 'INBOX'], 'The mailbox support has no IMAP server'],
];
test.each(mistakes)('%j is refused', async (words, expected) => {
  const cwd = temporaryFolder({ 'replywright.yaml': settings });
  const env = { DATABASE_URL: house.database.url };
  const { code, err } = await runCommand(['import', ...words], { cwd, env });
  expect([code, err]).toEqual([1, expect.stringContaining(expected)]);
  expect(readdirSync(cwd)).toEqual(['replywright.yaml']);
});

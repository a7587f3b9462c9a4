/** Tokens of mailboxes: renewed in time and once, whoever asks, and truthful when that fails. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openTokens } from '../../src/pipeline/token-renewal.ts';
import { keepToken, readToken } from '../../src/storage/mailbox-tokens.ts';
import { openSealingKey } from '../../src/storage/sealing.ts';
import { openTestDatabase } from '../support/database.ts';
import { startOAuthDouble, type TokenTrouble } from '../support/oauth-double.ts';
import { silentLog } from '../support/parts.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.drop());

const minutes = (count: number) => new Date(Date.now() + count * 60_000);

/** A mailbox with a token that ends in so many minutes, and the server it came from. */
async function connected(leftMinutes: number) {
  const server = await startOAuthDouble();
  onTestFinished(() => server.close());
  const mailbox = `box-${randomBytes(4).toString('hex')}`;
  const key = await openSealingKey('a key of at least 32 characters, yes', '');
  const { db } = database;
  const { clientId } = server.settings;
  const client = {
    ...server.settings,
    mailbox,
    issuer: null,
    clientSecret: null,
    parameters: {},
  };
  const first = server.grant();
  const keep = (grant = server.grant()) =>
    keepToken(db, key, mailbox, { ...grant, clientId, expiresAt: minutes(60) });
  await keepToken(db, key, mailbox, { ...first, clientId, expiresAt: minutes(leftMinutes) });
  const open = () => openTokens({ db, log: silentLog, key: async () => key }, client);
  const kept = async () => {
    const found = await readToken(db, key, mailbox);
    if (found === null || found === 'unreadable') throw new Error('no token is kept');
    return found;
  };
  return { server, mailbox, first, keep, open, kept, tokens: open(), key };
}

test('a token that is good for long is used as it is', async () => {
  const { tokens, first, server } = await connected(30);
  expect(await tokens.current()).toBe(first.accessToken);
  expect(server.refreshes).toBe(0);
});

test('one that ends soon is renewed, and the rotated refresh token is kept', async () => {
  const { tokens, first, server, kept } = await connected(2);
  const renewed = await tokens.current();
  expect(server.accepts(server.user, renewed)).toBe(true);
  expect(await kept()).toMatchObject({ accessToken: renewed, version: 2 });
  expect((await kept()).refreshToken).not.toBe(first.refreshToken);
  expect(await tokens.current()).toBe(renewed);
  expect(server.refreshes).toBe(1);
});

test('however many ask in however many processes, it is renewed once', async () => {
  const { open, server } = await connected(-1);
  const release = server.hold();
  // Each of them stands for a process; inside of one, calls share the answer.
  const asked = [open(), open(), open()].flatMap((tokens) => [tokens.current(), tokens.current()]);
  await expect.poll(() => server.refreshes).toBe(1);
  release();
  const answers = new Set(await Promise.all(asked));
  expect(answers.size).toBe(1);
  expect(server.refreshes).toBe(1);
});

test('a token that the mail server refuses before its time is replaced', async () => {
  const { tokens, open, first, server } = await connected(30);
  server.expire();
  tokens.refused(first.accessToken);
  const next = await tokens.current();
  expect(server.accepts(server.user, next)).toBe(true);
  // Another process that was refused the same finds the new one there.
  const other = open();
  other.refused(first.accessToken);
  expect(await other.current()).toBe(next);
  expect(server.refreshes).toBe(1);
});

describe('when access was taken back', () => {
  test('it says so, asks the provider no more, and takes up what a person grants', async () => {
    const { tokens, server, keep } = await connected(-1);
    server.revoke();
    await expect(tokens.current()).rejects.toMatchObject({
      code: 'oauth_expired',
      mend: expect.stringContaining('replywright connect generic --mailbox'),
    });
    await expect(tokens.current()).rejects.toMatchObject({ code: 'oauth_expired' });
    expect(server.refreshes).toBe(1);
    const grant = server.grant();
    await keep(grant);
    expect(await tokens.current()).toBe(grant.accessToken);
  });

  test('a grant that comes while an old token is being renewed wins', async () => {
    const { tokens, server, keep } = await connected(-1);
    const release = server.hold();
    const asked = tokens.current();
    await expect.poll(() => server.refreshes).toBe(1);
    const grant = server.grant();
    await keep(grant);
    release();
    expect(await asked).toBe(grant.accessToken);
  });
});

describe('when the provider is in trouble', () => {
  const troubles: [string, TokenTrouble, string][] = [
    ['a broken server', { status: 500 }, 'oauth_unreachable'],
    ['a page instead of an answer', { status: 200 }, 'oauth_unreachable'],
    [
      'a server that is busy',
      { error: 'temporarily_unavailable', status: 400 },
      'oauth_unreachable',
    ],
    ['a broken line', 'cut', 'oauth_unreachable'],
    ['a client that is not known', { error: 'invalid_client', status: 401 }, 'oauth_refused'],
    ['a client that may not', { error: 'unauthorized_client' }, 'oauth_refused'],
  ];

  test.each(troubles)('%s: told as it is, and tried again', async (_what, trouble, code) => {
    const { tokens, open, server } = await connected(-1);
    server.fail(trouble);
    await expect(tokens.current()).rejects.toMatchObject({ code, transient: true });
    // Not at once: each mail that waits would ask.
    await expect(tokens.current()).rejects.toMatchObject({ code });
    expect(server.refreshes).toBe(1);
    expect(server.accepts(server.user, await open().current())).toBe(true);
  });

  test.each(troubles)('%s: what is still good for minutes is used', async (_what, trouble) => {
    const { tokens, server, first } = await connected(2);
    server.fail(trouble);
    expect(await tokens.current()).toBe(first.accessToken);
    expect(await tokens.current()).toBe(first.accessToken);
    expect(server.refreshes).toBe(1);
  });

  test('nobody listens', async () => {
    const { tokens, server } = await connected(-1);
    await server.close();
    await expect(tokens.current()).rejects.toMatchObject({
      code: 'oauth_unreachable',
      message: expect.stringContaining('nothing listens'),
    });
  });
});

describe('what is kept', () => {
  test('a mailbox without a token is told apart', async () => {
    const { key, server } = await connected(1);
    const client = { ...server.settings, mailbox: 'none', issuer: null, parameters: {} };
    const tokens = openTokens(
      { db: database.db, log: silentLog, key: async () => key },
      { ...client, clientSecret: null },
    );
    await expect(tokens.current()).rejects.toMatchObject({ code: 'oauth_missing' });
  });

  test('neither another key nor another mailbox opens it', async () => {
    const { mailbox, key, first } = await connected(30);
    const { db } = database;
    const other = await openSealingKey('another key of at least 32 characters', '');
    expect(await readToken(db, other, mailbox)).toBe('unreadable');
    const row = db.selectFrom('mailbox_token').selectAll().where('mailbox', '=', mailbox);
    const { sealed } = await row.executeTakeFirstOrThrow();
    for (const secret of Object.values(first)) expect(sealed.includes(secret)).toBe(false);
    await db
      .insertInto('mailbox_token')
      .values({ mailbox: `${mailbox}-2`, sealed })
      .execute();
    expect(await readToken(db, key, `${mailbox}-2`)).toBe('unreadable');
  });
});

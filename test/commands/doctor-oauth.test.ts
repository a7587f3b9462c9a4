/** The doctor on a mailbox that logs in by OAuth: each thing that can be wrong with it is told apart. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { keepToken } from '../../src/storage/mailbox-tokens.ts';
import { openSealingKey } from '../../src/storage/sealing.ts';
import { openTestDatabase } from '../support/database.ts';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { type OAuthDouble, startOAuthDouble } from '../support/oauth-double.ts';
import { requirement } from '../support/requirements.ts';
import { type SmtpDouble, startSmtpDouble } from '../support/smtp-double.ts';
import { examine } from './examine.ts';
import { temporaryFolder } from './run-command.ts';

const { available } = await requirement('dovecot');
const written = 'a key of at least 32 characters, yes';

describe.skipIf(!available)('a mailbox with OAuth', () => {
  let oauth: OAuthDouble;
  let dovecot: DovecotServer;
  let smtp: SmtpDouble;
  let database: Awaited<ReturnType<typeof openTestDatabase>>;

  beforeAll(async () => {
    oauth = await startOAuthDouble();
    const [mail, server, own] = await Promise.all([
      startDovecot({ introspectionUrl: oauth.introspectionUrl }),
      startSmtpDouble({ accepts: (user, token) => oauth.accepts(user, token) }),
      openTestDatabase(),
    ]);
    if (mail === null) throw new Error('Dovecot was there a moment ago');
    [dovecot, smtp, database] = [mail, server, own];
  });
  afterAll(() => Promise.all([oauth?.close(), dovecot?.close(), smtp?.close(), database?.drop()]));

  function project(tokenUrl = oauth.settings.tokenUrl): string {
    const local = { host: '127.0.0.1', security: 'none' };
    const mailbox = {
      name: 'support',
      address: 'support@example.test',
      oauth: { ...oauth.settings, tokenUrl },
      imap: { ...local, port: dovecot.ports.imap, auth: 'oauth' },
      smtp: { ...local, port: smtp.port },
    };
    const yaml = stringify({ shop: { name: 'Shop' }, mailboxes: [mailbox] });
    return temporaryFolder({ 'replywright.yaml': yaml });
  }
  const look = (cwd = project(), key = written) =>
    examine(cwd, { DATABASE_URL: database.url, REPLYWRIGHT_KEY: key });
  async function keep(minutes: number, grant = oauth.grant()): Promise<void> {
    const key = await openSealingKey(written, '');
    const expiresAt = new Date(Date.now() + minutes * 60_000);
    const { clientId } = oauth.settings;
    await keepToken(database.db, key, 'support', { ...grant, clientId, expiresAt });
  }
  const both = (code: string) =>
    ['incoming', 'outgoing'].map((way) => `mailbox support, ${way}: ${code}`);

  test('one that nobody has connected', async () => {
    expect((await look()).failed).toEqual(both('oauth_missing'));
  });

  test('one that works, also when its token is due', async () => {
    for (const minutes of [60, -1]) {
      await keep(minutes);
      expect((await look()).failed).toEqual([]);
    }
  });

  test('a grant that was taken back', async () => {
    await keep(-1);
    oauth.revoke();
    expect((await look()).failed).toEqual(both('oauth_expired'));
  });

  test('a provider that cannot be reached', async () => {
    await keep(-1);
    const cwd = project('http://127.0.0.1:9/token');
    expect((await look(cwd)).failed).toEqual(both('oauth_unreachable'));
  });

  test('a client that the provider does not know', async () => {
    await keep(-1);
    for (const _ of both('')) oauth.fail({ error: 'invalid_client', status: 401 });
    expect((await look()).failed).toEqual(both('oauth_refused'));
  });

  test('an account that is not the one of the mailbox', async () => {
    oauth.user = 'customer@example.test';
    await keep(60);
    expect((await look()).failed).toEqual(both('oauth_token_refused'));
    oauth.user = 'support@example.test';
  });

  test('a key that was lost', async () => {
    await keep(60);
    const { failed } = await look(project(), 'another key of at least 32 characters');
    expect(failed).toEqual(both('oauth_key'));
  });

  test('a built-in database that does not run holds the token back', async () => {
    const cwd = project();
    const { failed, finding } = await examine(cwd);
    expect(failed).toEqual([]);
    expect(finding('mailbox support, incoming')).toMatchObject({ state: 'open' });
    rmSync(path.join(cwd, 'data'), { recursive: true, force: true });
  });
});

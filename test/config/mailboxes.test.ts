/** Mailboxes in the settings: OAuth, further addresses, a prompt and a language of their own. */
import { describe, expect, test } from 'vitest';
import { addressesOf } from '../../src/config/mailbox.ts';
import { failure, load } from './settings-fixture.ts';

const box = (rest: string) => `shop: {name: Shop}
mailboxes:
  - name: support
    address: help@shop.example
    imap: {host: imap.shop.example, auth: oauth}
    smtp: {host: smtp.shop.example}
${rest}`;
const mailboxOf = (yaml: string, env = {}) => {
  const [mailbox] = load({ 'replywright.yaml': yaml }, env).mailboxes;
  if (mailbox === undefined) throw new Error('there is no mailbox');
  return mailbox;
};

describe('OAuth', () => {
  test('Gmail is known; the secret comes from the environment, and no password is wanted', () => {
    const mailbox = mailboxOf(box('    oauth: {provider: gmail, clientId: id}\n'), {
      REPLYWRIGHT_SUPPORT_OAUTH_SECRET: 'hush',
    });
    expect(mailbox.byToken).toEqual({ imap: true, smtp: true });
    expect(mailbox.oauth).toEqual({
      provider: 'gmail',
      authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      issuer: 'https://accounts.google.com',
      scopes: ['https://mail.google.com/'],
      clientId: 'id',
      clientSecret: 'hush',
      parameters: { access_type: 'offline', prompt: 'consent' },
      redirectHost: '127.0.0.1',
    });
    expect(mailbox.source).toMatchObject({ imap: { password: null } });
    expect(mailbox.transport).toMatchObject({ smtp: { password: null } });
  });

  test('Microsoft with a tenant of its own', () => {
    const base = 'https://login.microsoftonline.com/shop.example/oauth2/v2.0';
    const { oauth } = mailboxOf(
      box(
        `    oauth: {provider: microsoft, authorizeUrl: '${base}/authorize', tokenUrl: '${base}/token'}\n`,
      ),
    );
    expect(oauth).toMatchObject({
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      clientId: null,
      scopes: [
        'https://outlook.office.com/IMAP.AccessAsUser.All',
        'https://outlook.office.com/SMTP.Send',
        'offline_access',
      ],
      redirectHost: 'localhost',
    });
  });

  test('IMAP by a token, SMTP by a password', () => {
    const yaml = box('    oauth: {provider: gmail}\n').replace(
      'smtp.shop.example',
      'smtp.shop.example, auth: password',
    );
    const mailbox = mailboxOf(yaml, { REPLYWRIGHT_SUPPORT_SMTP_PASSWORD: 'secret' });
    expect(mailbox.byToken).toEqual({ imap: true, smtp: false });
    expect(mailbox.transport).toMatchObject({ smtp: { password: 'secret' } });
  });

  test('what nothing uses is not there', () => {
    const yaml = box('    oauth: {provider: gmail}\n').replace(', auth: oauth', '');
    const env = { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: 'secret' };
    expect(mailboxOf(yaml, env)).toMatchObject({ oauth: null });
  });

  test.each<[string, string, string]>([
    ['no provider', '', '`oauth` needs the group `oauth`'],
    [
      'a generic one without addresses',
      '    oauth: {provider: generic}\n',
      'oauth.authorizeUrl is not valid: a generic provider needs it',
    ],
    [
      'plain http',
      '    oauth: {provider: gmail, tokenUrl: "http://login.example/token"}\n',
      'expected https; http only on this machine',
    ],
    ['no scope', '    oauth: {provider: gmail, scopes: []}\n', 'expected at least one scope'],
  ])('%s', (_what, rest, told) => {
    const error = failure({ 'replywright.yaml': box(rest) });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(told);
  });

  test('a key that could be guessed', () => {
    const yaml = box('    oauth: {provider: gmail}\n');
    const { message } = failure({ 'replywright.yaml': yaml }, { REPLYWRIGHT_KEY: 'short' });
    expect(message).toContain('at least 32 characters');
    expect(message).not.toContain('short');
  });
});

describe('identity', () => {
  const yaml = `shop: {name: Shop}
prompt: support/2
mailboxes:
  - {name: a, address: a@shop.example, folder: a, outbox: out}
  - name: b
    address: b@shop.example
    aliases: [{address: orders@shop.example, replyFrom: true}, {address: old@shop.example}]
    prompt: sales/1
    language: fr
    folder: b
    outbox: out
`;

  test('each mailbox has its own prompt, language and addresses', () => {
    const { mailboxes } = load({ 'replywright.yaml': yaml });
    expect(mailboxes.map(({ responder, language }) => [responder, language])).toEqual([
      ['support/2', null],
      ['sales/1', 'fr'],
    ]);
    expect(addressesOf(mailboxes)).toEqual([
      'a@shop.example',
      'b@shop.example',
      'orders@shop.example',
      'old@shop.example',
    ]);
  });

  test('a language that is none', () => {
    const { message } = failure({ 'replywright.yaml': yaml.replace(': fr', ': french') });
    expect(message).toContain('expected a language code of two letters');
  });
});

describe('business hours', () => {
  const yaml = `shop: {name: Shop}
mailboxes:
  - name: a
    address: a@shop.example
    folder: a
    outbox: out
    timeZone: Europe/Berlin
    sendApproved: business_hours
    businessHours:
      monday: 09:00-12:00, 13:00-24:00
      friday: null
      holidays: [2026-12-25]
`;

  test('are read as minutes of each day', () => {
    const nineToFive = [{ from: 540, to: 1_020 }];
    expect(mailboxOf(yaml).leaving).toEqual({
      timeZone: 'Europe/Berlin',
      approved: 'business_hours',
      hours: {
        days: [
          [],
          [
            { from: 540, to: 720 },
            { from: 780, to: 1_440 },
          ],
          ...[nineToFive, nineToFive, nineToFive, [], []],
        ],
        holidays: ['2026-12-25'],
      },
    });
  });

  test.each([
    ['Europe/Berlin', 'Berlin', 'expected an IANA time zone such as Europe/Berlin'],
    ['13:00-24:00', '13:00-24:30', 'expected times in their order such as 09:00-17:00'],
    ['13:00-24:00', '11:00-24:00', 'expected times in their order'],
    ['09:00-12:00', '22:00-06:00', 'a night is written as two days'],
    ['09:00-12:00', '9-12', 'expected times'],
    ['2026-12-25', '2026-02-29', 'expected a date such as 2026-12-25'],
    [
      'friday: null',
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']
        .map((day) => `${day}: null`)
        .join('\n      '),
      'no day is open',
    ],
    [/ {4}businessHours:[\s\S]*/, '', '`business_hours` needs the group `businessHours`'],
  ])('%s as %s', (right, wrong, told) => {
    const closed = wrong.startsWith('monday') ? yaml.replace(/ +monday.*\n/, '') : yaml;
    const error = failure({ 'replywright.yaml': closed.replace(right, wrong) });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(told);
  });
});

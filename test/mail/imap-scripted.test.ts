/** IMAP servers that misbehave in ways no real one can be made to: refusals, silence, dropped lines. */

import { expect, it, onTestFinished } from 'vitest';
import { checkImap } from '../../src/mail/check-imap.ts';
import { openImap } from '../../src/mail/imap.ts';
import type { ImapSettings } from '../../src/mail/watched.ts';
import { silentLog } from '../support/parts.ts';
import { type Answers, startScriptedImap } from './scripted-imap.ts';

async function serve(answers: Answers, greeting?: string | null) {
  const server = await startScriptedImap(answers, greeting);
  onTestFinished(() => server.close());
  const settings: ImapSettings = {
    ...{ host: '127.0.0.1', port: server.port, security: 'none', user: 'me', password: 'secret' },
    ...{ folder: 'INBOX', sentFolder: null, caFile: null, pollSeconds: 60 },
    ...{ idleSeconds: 0.05, answerSeconds: 0.5 },
  };
  const open = () => {
    const source = openImap(settings, silentLog);
    onTestFinished(() => source.close());
    return source;
  };
  return { server, settings, open };
}

const noStore = () => Promise.reject(new Error('There is no mail.'));

it.each([
  ['[AUTHENTICATIONFAILED] Invalid credentials', 'imap_credentials'],
  ['[AUTHORIZATIONFAILED] not you', 'imap_credentials'],
  ['[EXPIRED] your password is too old', 'imap_credentials'],
  ['[ALERT] Application-specific password required', 'imap_credentials'],
  ['Login failed.', 'imap_credentials'],
  ['[LIMIT] Too many connections', 'imap_refused'],
  ['[UNAVAILABLE] backend is down', 'imap_refused'],
  ['[INUSE] another client', 'imap_refused'],
  ['[ALERT] Too many simultaneous connections. (Failure)', 'imap_refused'],
  ['Temporary failure, try again later', 'imap_refused'],
])('a login refused with "%s" is %s', async (text, code) => {
  const { settings } = await serve({ LOGIN: [`*tag* NO ${text}`] });
  await expect(checkImap(settings)).rejects.toMatchObject({ code });
});

it('tells what a server says that sends us away at the door', async () => {
  const { settings } = await serve({}, '* BYE Down for maintenance');
  await expect(checkImap(settings)).rejects.toMatchObject({
    code: expect.stringMatching(/^imap_/),
  });
});

it.each([
  ['greets nobody', {}, null],
  ['falls silent at the login', { LOGIN: null }, undefined],
  ['falls silent when the folder is opened', { EXAMINE: null }, undefined],
])('a server that %s is given up', async (_what, answers, greeting) => {
  const { open } = await serve(answers, greeting);
  await expect(open().scan(null, noStore)).rejects.toMatchObject({ code: 'imap_unreachable' });
});

it('a refused search is an error, and not "no mail"', async () => {
  const { open } = await serve({ SEARCH: ['*tag* NO too busy'] });
  await expect(open().scan({ uidvalidity: 7, uid: 0 }, noStore)).rejects.toMatchObject({
    code: 'imap_refused',
  });
});

it('a connection without an answer is cut, told, and made anew when it is time', async () => {
  const { server, open } = await serve({
    SEARCH: ['* SEARCH', '*tag* OK done'],
    IDLE: ['+ idling'],
  });
  const source = open();
  const answered = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<Error & { retryAfterMs: number | null }>();
  source.onConnection({ answered: answered.resolve, lost: lost.resolve });
  const report = await source.scan(null, noStore);
  expect(report.mark).toEqual({ uidvalidity: 7, uid: 0 });
  // IDLE ends with DONE, which has no tag, so this server knows it by its own name.
  server.answers = { ...server.answers, IDLE: ['*tag* OK no need'] };
  await answered.promise;
  server.answers = { ...server.answers, NOOP: null };
  const error = await lost.promise;
  expect(error).toMatchObject({ code: 'imap_unreachable', retryAfterMs: expect.any(Number) });
  expect(error.message).toContain('no sign of life');
  await expect(source.scan(null, noStore)).rejects.toMatchObject({
    retryAfterMs: expect.any(Number),
  });
  const logins = () => server.commands.filter((name) => name === 'LOGIN').length;
  expect(logins()).toBe(1);
  // A person need not wait.
  source.hurry();
  await source.scan(null, noStore);
  expect(logins()).toBe(2);
});

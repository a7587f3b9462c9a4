/** `replywright draft` prints a draft from a file or a pipe, offline and by a model. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startModelStub } from '../support/model-stub/server.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const mail = `From: Ann Example <ann@example.net>
To: support@shop.example
Subject: Return
Message-ID: <1@example.net>
Date: Mon, 16 Nov 2026 10:00:00 +0000

Hello, how many days do I have to send my order back?
`;

test('offline, as text', async () => {
  const cwd = temporaryFolder({ 'mail.eml': mail });
  const { code, out, err } = await runCommand(['draft', 'mail.eml'], { cwd });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/^From +Ann Example <ann@example\.net>$/m);
  expect(out).toMatch(/^Drafted by +support\/3, offline$/m);
  expect(out.split('\n\n')[1]).toBeTruthy();
});

test('by a model, from a pipe, as JSON', async () => {
  const stub = await startModelStub();
  onTestFinished(() => stub.close());
  const env = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: stub.url };
  const { code, out } = await runCommand(['draft', '-', '--json'], {
    cwd: temporaryFolder(),
    env,
    input: mail,
  });
  expect(code).toBe(0);
  const drafted = JSON.parse(out);
  expect(drafted).toMatchObject({
    subject: 'Return',
    from: { address: 'ann@example.net' },
    answerability: { state: 'answerable' },
    responder: { prompt: 'support/3', model: 'claude-sonnet-5-5' },
    reply: expect.any(String),
    costUsd: expect.any(Number),
    requestId: expect.any(String),
  });
  expect(stub.requests).toHaveLength(1);
});

test('mail that nobody should answer is drafted all the same, and the reason told', async () => {
  const automatic = mail.replace('Subject:', 'Auto-Submitted: auto-replied\nSubject:');
  const cwd = temporaryFolder({ 'mail.eml': automatic });
  const { out } = await runCommand(['draft', 'mail.eml'], { cwd });
  expect(out).toMatch(/^Not answered +\S/m);
});

test('a mail that cannot be read is not said to be stored', async () => {
  const cwd = temporaryFolder({ 'broken.eml': `${mail}${'--b\n'.repeat(40_000)}` });
  const { code, err } = await runCommand(['draft', 'broken.eml'], { cwd });
  expect(code).toBe(1);
  expect(err).toContain('broken.eml cannot be read: it has too many parts.');
  expect(err).toContain('Nothing was changed.');
});

test.each([
  ['a file that is not there', ['draft', 'nowhere.eml'], 'it does not exist'],
  ['a folder', ['draft', '.'], 'it is a folder'],
  ['an empty file', ['draft', 'empty.eml'], 'empty.eml cannot be read: it is empty'],
  ['an empty pipe', ['draft', '-'], 'The mail on standard input cannot be read: it is empty'],
  [
    'a mailbox that is not there',
    ['draft', 'mail.eml', '--mailbox', 'x'],
    'no mailbox "x"; there is: none',
  ],
])('%s', async (_what, words, told) => {
  const cwd = temporaryFolder({ 'mail.eml': mail, 'empty.eml': '\n' });
  const { code, err } = await runCommand(words, { cwd });
  expect(code).toBe(1);
  expect(err).toContain(told);
});

test('a sample mail of the sandbox', async () => {
  const folder = path.resolve(import.meta.dirname, '../../src/sandbox/mails');
  const file = path.join(folder, '01-where-is-my-kettle.eml');
  const { code, out } = await runCommand(['draft', '-', '--json'], {
    cwd: temporaryFolder(),
    input: readFileSync(file, 'utf8'),
  });
  expect(code).toBe(0);
  expect(JSON.parse(out).subject).not.toBe('');
});

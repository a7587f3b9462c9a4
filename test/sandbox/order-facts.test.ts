/** The sandbox's order facts: which sample mails are told of their orders, and which are not. */

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseMail } from '../../src/mail/parse.ts';
import { headerFields, senderTrust } from '../../src/mail/sender-trust.ts';
import { gatherFacts } from '../../src/responder/context/gather.ts';
import { openContext } from '../../src/responder/context/open-context.ts';
import { openSandbox } from '../../src/sandbox/sandbox.ts';
import { silentLog } from '../support/parts.ts';

const samples = join(import.meta.dirname, '../../src/sandbox/mails');
const never = new AbortController().signal;

/** Mails that name no order, or that cannot be read. */
const orderless = /^(04|06|12|17|18|23|27|33|41|44|45)-/;

test('every sample mail that names its order is told of it, and nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rw-sandbox-'));
  const sandbox = await openSandbox(folder, 'support/1');
  const context = openContext(sandbox.context);
  onTestFinished(async () => {
    await context.close();
    await rm(folder, { recursive: true });
  });
  const withheld: string[] = [];
  const names = readdirSync(samples).filter((name) => /^\d.*\.eml$/.test(name));
  for (const name of names.filter((each) => !orderless.test(each))) {
    const raw = readFileSync(join(samples, name));
    const mail = await parseMail(raw);
    const { authservId } = sandbox.mailbox;
    const asked = {
      texts: [mail.newText, mail.subject, mail.text],
      sender: mail.from?.address ?? '',
      trust: senderTrust(headerFields(raw), mail.from, authservId),
      replyTo: mail.replyTo?.address ?? null,
    };
    const sheet = await gatherFacts(context, asked, never, silentLog);
    const told = sheet.records.map(({ key, facts }) => `${key} ${facts.length}`);
    for (const { key, reason } of sheet.withheld) withheld.push(`${name}: ${key} ${reason}`);
    if (sheet.withheld.length === 0)
      expect.soft(told, name).toEqual([expect.stringMatching(/ 4$/)]);
  }
  expect(withheld).toEqual([
    // The invented shop has no such order.
    '07-out-of-office.eml: 48061 unknown',
    '34-very-short.eml: 48188 unknown',
    '42-wrong-size-swap.eml: 48166 belongs_to_another',
  ]);
});

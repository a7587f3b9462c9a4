/** Archives of past mail, and imports of them into a house. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { House } from '../support/parts.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

export const settings = `shop: { name: Shop }
mailboxes:
  - { name: support, address: help@shop.example, folder: ./in, outbox: ./out }
`;

export interface Past {
  from?: string;
  to?: string;
  subject?: string;
  id?: string | null;
  inReplyTo?: string;
  date?: string;
  text?: string;
  headers?: string[];
}

const customer = 'Ana <Ana@customer.example>';

export function mail(given: Past): string {
  return [
    `From: ${given.from ?? customer}`,
    `To: ${given.to ?? 'help@shop.example'}`,
    `Subject: ${given.subject ?? 'Kettle'}`,
    `Date: ${given.date ?? 'Mon, 04 Mar 2024 10:00:00 +0000'}`,
    ...(given.id === null ? [] : [`Message-ID: <${given.id ?? 'asked'}@x.example>`]),
    ...(given.inReplyTo === undefined ? [] : [`In-Reply-To: <${given.inReplyTo}@x.example>`]),
    ...(given.headers ?? []),
    '',
    given.text ?? 'Where is it?',
    '',
  ].join('\n');
}

export const reply = (given: Past): string =>
  mail({
    from: 'Shop <help@shop.example>',
    to: customer,
    subject: 'Re: Kettle',
    id: 'answered',
    date: 'Mon, 04 Mar 2024 12:00:00 +0000',
    text: 'It is on its way.\n\n-- \nBo\n\nOn 4 Mar 2024, Ana wrote:\n> Where is it?',
    ...given,
  });

export const mbox = (...mails: string[]): string =>
  mails.map((each) => `From x@x.example Mon Mar  4 10:00:00 2024\n${each}\n`).join('');

/** Runs an import with these files beside the settings; gives the summary. */
export async function importing(
  house: House,
  words: string[],
  files: Record<string, string>,
  cwd = temporaryFolder(),
) {
  for (const [name, content] of Object.entries({ 'replywright.yaml': settings, ...files })) {
    mkdirSync(path.dirname(path.join(cwd, name)), { recursive: true });
    writeFileSync(path.join(cwd, name), content);
  }
  const env = { DATABASE_URL: house.database.url };
  const outcome = await runCommand(['import', ...words, '--json'], { cwd, env });
  expect(outcome.err).toBe('');
  return JSON.parse(outcome.out);
}

export async function messages(house: House) {
  return await house.db
    .selectFrom('message')
    .select(['id', 'state', 'direction', 'subject', 'state_reason', 'conversation_id'])
    .orderBy('received_at')
    .orderBy('id')
    .execute();
}

export async function candidates(house: House) {
  return await house.db
    .selectFrom('candidate')
    .select(['customer_text', 'reply', 'origin', 'source', 'state'])
    .orderBy('id')
    .execute();
}

export const archive = { 'in.mbox': mbox(mail({})), 'sent.mbox': mbox(reply({})) };
export const both = ['--mbox', 'in.mbox', '--sent-mbox', 'sent.mbox'];

/** Takes away what earlier tests imported. */
export async function forgetAll({ db }: House): Promise<void> {
  await db.updateTable('conversation').set({ last_message_id: null }).execute();
  for (const table of ['draft', 'candidate', 'import_progress', 'message', 'conversation'] as const)
    await db.deleteFrom(table).execute();
}

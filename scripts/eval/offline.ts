/** `eval offline`: what the responder without a model answers from approved replies, and how often wrongly. */

import { join } from 'node:path';
import { noFacts } from '../../src/domain/facts.ts';
import type { DraftInput, Responder } from '../../src/domain/responder.ts';
import { openLog } from '../../src/log.ts';
import { type IndexedExample, openExampleIndex } from '../../src/responder/example-index.ts';
import { ExamplePool } from '../../src/responder/example-pool.ts';
import { loadMaterial } from '../../src/responder/material.ts';
import { offlineResponder } from '../../src/responder/offline.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { percent } from '../mail-corpus.ts';
import { readSupport, type SupportRow } from '../support-corpus.ts';

export const description =
  'the offline responder: share answered, rightly and wrongly, from approved replies';

const root = join(import.meta.dirname, '../..');
const { signal } = new AbortController();

function customerOf({ id, customer_email }: SupportRow) {
  return { name: 'Robin Example', address: customer_email ?? `${id}@customer.example` };
}

function inputOf(row: SupportRow): DraftInput {
  const customer = customerOf(row);
  const now = new Date('2026-11-03T10:00:00Z');
  return {
    mailbox: {
      name: 'support',
      address: 'help@harborandpine.example',
      shopName: 'Harbor & Pine',
      signature: '',
    },
    now,
    customer,
    senderTrust: 'none',
    facts: noFacts,
    subject: row.subject,
    turns: [{ direction: 'inbound', from: customer, date: now, text: row.body, attachments: [] }],
    rejected: [],
  };
}

/** The responder over the policies we ship, with the pool of the corpus and no curated examples. */
async function openOffline(pool: ExamplePool): Promise<Responder> {
  const shop = { name: 'Harbor & Pine', linkDomains: ['harborandpine.example'] };
  const folders = { promptsFolder: join(root, 'prompts'), policiesFolder: join(root, 'policies') };
  const material = await loadMaterial(
    { ...folders, prompt: 'support/1', shop, pool },
    openLog('silent'),
  );
  const index = await openExampleIndex<IndexedExample>([]);
  await material.pool?.attach(index, material.accepts);
  return offlineResponder(material, index);
}

/** What the reply of a draft was approved for; null where the responder abstained. */
async function answer(responder: Responder, row: SupportRow, wishes: ReadonlyMap<string, string>) {
  const { fields } = await responder.draft(inputOf(row), signal);
  if (fields.needsPerson) return { reason: fields.needsPersonReason ?? '', wish: null };
  const unnamed = fields.reply.replaceAll('Robin', '[name]');
  return { reason: null, wish: wishes.get(unnamed) ?? 'unknown' };
}

/** Lets the offline responder answer every mail of the set, and every mail that no shop should answer. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const rows = await readSupport(corpora, 'fewshot-pool');
  const pool = new ExamplePool();
  const responder = await openOffline(pool);
  const wishes = new Map<string, string>();
  for (const [id, row] of rows.entries()) {
    const { subject, body: mail, reference_reply: reply, category } = row;
    const approved = {
      id,
      customer: customerOf(row),
      subject,
      mail,
      reply,
      category,
      language: 'en',
      citations: [],
      origin: 'human' as const,
    };
    wishes.set(pool.add(approved).reply, row.intent);
  }
  await pool.learn();
  const mails = await readSupport(corpora, 'mails');
  const strangers = await readSupport(corpora, 'out-of-scope');
  const answered: { row: SupportRow; right: boolean }[] = [];
  const reasons: Record<string, number> = {};
  for (const row of mails) {
    const { reason, wish } = await answer(responder, row, wishes);
    if (reason === null) answered.push({ row, right: wish === row.intent });
    else reasons[`abstained: ${reason}`] = (reasons[`abstained: ${reason}`] ?? 0) + 1;
  }
  const wrongly: string[] = [];
  for (const row of strangers)
    if ((await answer(responder, row, wishes)).reason === null) wrongly.push(row.id);
  const right = answered.filter((each) => each.right).length;
  progress(`${answered.length} of ${mails.length} answered`);
  return {
    figures: {
      n: mails.length,
      answered_percent: percent(answered.length, mails.length),
      right_of_answered_percent: percent(right, answered.length),
      wrong_of_all_percent: percent(answered.length - right, mails.length),
      out_of_scope: strangers.length,
      out_of_scope_answered_percent: percent(wrongly.length, strangers.length),
      ...reasons,
    },
    reference: {},
    targets: {},
    failures: {
      wrong: answered.filter((each) => !each.right).map(({ row }) => row.id),
      out_of_scope_answered: wrongly,
    },
  };
}

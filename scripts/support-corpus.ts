/**
 * Reads the corpus of support mail: labelled mails, a pool of answered ones, mails no shop should
 * answer; and the answered ones as a responder would see them, with order facts and policies.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Citation, DraftInput, ReplyFields } from '../src/domain/responder.ts';
import type { CheckSubject } from '../src/responder/checks/check.ts';
import type { IndexedExample } from '../src/responder/example-index.ts';
import type { Example } from '../src/responder/examples.ts';
import type { Policy, PolicySet } from '../src/responder/policies.ts';
import { factsOf, readShop, type Shop } from './shop-facts.ts';

const rowSchema = z.object({
  id: z.string(),
  source: z.string().default(''),
  subject: z.string().default(''),
  body: z.string(),
  /** What is wanted; absent where a mail is out of scope. */
  intent: z.string().default(''),
  category: z.string().default('other'),
  /** Rows of one group come from one conversation or one customer; `user:ID` for one of the shop's. */
  group: z.string().default(''),
  reference_reply: z.string().default(''),
  reply_kind: z.string().default(''),
  /** How many gaps of the reply were filled with invented contents. */
  reply_slots_guessed: z.number().default(0),
  policy_citations: z.array(z.string()).default([]),
  order_ids: z.array(z.string()).default([]),
  customer_email: z.string().nullable().default(null),
});

export type SupportRow = z.output<typeof rowSchema>;

/**
 * The rows of `support/NAME.jsonl`.
 *
 * @param corpora the folder of test data; null where none was named.
 * @throws Error when there is none, or a row has another form.
 */
export async function readSupport(corpora: string | null, name: string): Promise<SupportRow[]> {
  const text = await readFile(supportFile(corpora, `${name}.jsonl`), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => rowSchema.parse(JSON.parse(line)));
}

/** The path of a file of this corpus. @throws Error when no folder of test data was named. */
export function supportFile(corpora: string | null, name: string): string {
  if (corpora === null)
    throw new Error('Name the folder of test data: --corpora DIR, or REPLYWRIGHT_CORPORA.');
  return join(corpora, 'support', name);
}

/** A row of the pool as an approved reply. */
export function exampleOf(row: SupportRow): IndexedExample {
  return {
    id: row.id,
    language: 'en',
    category: row.category,
    subject: row.subject,
    mail: row.body,
    reply: row.reference_reply,
    citations: [],
    about: [],
    unless: [],
    tags: [],
    pinned: false,
    evaluation: false,
    customer: row.customer_email,
  };
}

/** `value` with three decimals. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

export interface ReplyCorpus {
  rows: SupportRow[];
  policies: PolicySet;
  /** All order numbers of the shop. */
  orderNumbers: string[];
  /** Answered mails of other customers, as examples. */
  examples: Example[];
  /** A row's reply as a draft with all that belongs to it. */
  subjectOf(row: SupportRow): CheckSubject;
}

const shop = { name: 'Harbor & Pine', domain: 'harborandpine.example' };

const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** A policy whose sections carry no ids: their headings become ids; what stands before is a section too. */
function policyFrom(name: string, markdown: string): Policy {
  const [title = name, ...rest] = markdown.split('\n');
  const parts = rest.join('\n').split(/^(?=#{2,3} )/m);
  const sections = parts.flatMap((part) => {
    const [, heading] = /^#{2,3} (.*)$/m.exec(part.split('\n')[0] ?? '') ?? [];
    const text = (heading === undefined ? part : part.slice(part.indexOf('\n'))).trim();
    if (text === '') return [];
    return [
      {
        id: `${name}#${slug(heading ?? 'introduction')}`,
        heading: heading ?? title,
        text,
        line: 1,
        textLine: 1,
      },
    ];
  });
  return { name, title: title.replace(/^#\s*/, ''), sections };
}

async function readPolicies(folder: string): Promise<PolicySet> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md'));
  const policies: Policy[] = [];
  // The second wording of the retail policy says the same again.
  for (const name of names.filter((file) => !file.includes('tau2')).sort())
    policies.push(policyFrom(name, await readFile(join(folder, name), 'utf8')));
  const sections = policies.flatMap((policy) => policy.sections);
  return { policies, sections: new Map(sections.map((one) => [one.id, one])), sha256: '' };
}

/** So many replies name the same telephone number and hours only when they are the shop's. */
const fewestMentions = 10;

/**
 * How the shop is reached stands in its replies and in none of its policies; a shop would state it.
 * It is taken from the pool of approved replies, never from the replies that are judged.
 */
function withContact(policies: PolicySet, pool: readonly SupportRow[]): PolicySet {
  const contact =
    /\+\d[\d ()-]{8,18}\d|(?:monday|mon)[^.\n]{0,60}?\d{1,2} ?(?:am|pm) ?[-–to ]{1,4} ?\d{1,2} ?(?:am|pm)/gi;
  const mentions = pool.flatMap(({ reference_reply }) => reference_reply.match(contact) ?? []);
  const common = [...new Set(mentions)].filter(
    (one) => mentions.filter((other) => other === one).length >= fewestMentions,
  );
  if (common.length === 0) return policies;
  const section = {
    id: 'contact.md#contact',
    heading: 'Contact',
    text: common.join('\n'),
    line: 1,
    textLine: 1,
  };
  const policy = { name: 'contact.md', title: 'Contact', sections: [section] };
  return {
    ...policies,
    policies: [...policies.policies, policy],
    sections: new Map([...policies.sections, [section.id, section]]),
  };
}

/** The corpus has no sender lines; the name that a reply greets is its sender's. */
function senderName({ reference_reply: reply }: SupportRow): string {
  const [, name = ''] = /^Hi ([^,\n]{1,40}),/.exec(reply) ?? [];
  return name === 'there' ? '' : name;
}

function inputOf(row: SupportRow, stock: Shop): DraftInput {
  const customer = {
    name: senderName(row),
    address: row.customer_email ?? 'customer@mail.example',
  };
  const date = new Date('2026-01-05T10:00:00Z');
  return {
    mailbox: {
      name: 'support',
      address: `support@${shop.domain}`,
      shopName: shop.name,
      signature: `${shop.name} Support`,
    },
    now: date,
    customer,
    senderTrust: 'pass',
    facts: {
      records: factsOf(row, stock),
      orderNumbers: row.order_ids,
      withheld: [],
    },
    subject: row.subject,
    turns: [{ direction: 'inbound', from: customer, date, text: row.body, attachments: [] }],
    rejected: [],
  };
}

function fieldsOf(row: SupportRow, policies: PolicySet): ReplyFields {
  const citations = row.policy_citations.flatMap((section): Citation[] => {
    const cited = policies.sections.get(section);
    return cited === undefined ? [] : [{ section, quote: cited.text }];
  });
  return {
    category: row.category,
    urgency: 'normal',
    language: 'en',
    reply: row.reference_reply,
    citations,
    missing: [],
    needsPerson: false,
    needsPersonReason: null,
  };
}

const examplesShown = 3;

/**
 * Reads `support/` of a corpus.
 *
 * @param instructions what the responder of the drafts was told.
 * @throws Error when no folder was named, or a file has another form.
 */
export async function readReplyCorpus(
  corpora: string | null,
  instructions: string,
): Promise<ReplyCorpus> {
  const [rows, pool, policies, stock] = await Promise.all([
    readSupport(corpora, 'mails'),
    readSupport(corpora, 'fewshot-pool'),
    readPolicies(supportFile(corpora, 'policies')),
    readShop(supportFile(corpora, 'shop')),
  ]);
  const examples = pool.map(exampleOf);
  const shopPolicies = withContact(policies, pool);
  return {
    ...{ rows, policies: shopPolicies, examples },
    orderNumbers: Object.keys(stock.orders),
    subjectOf(row) {
      const first = rows.indexOf(row) * examplesShown;
      const seen = Array.from(
        { length: examplesShown },
        (_, at) => examples[(first + at) % examples.length],
      );
      return {
        fields: fieldsOf(row, shopPolicies),
        input: inputOf(row, stock),
        ...{ policies: shopPolicies, instructions },
        linkDomains: [shop.domain],
        examples: seen.filter((example) => example !== undefined),
      };
    },
  };
}

/** `bench tokens`: what the input of 500 mails costs, a minute apart, against the same sent uncached. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { settingsSchema } from '../../src/config/schema.ts';
import { noFacts } from '../../src/domain/facts.ts';
import { addUsage, type DraftInput, noUsage } from '../../src/domain/responder.ts';
import { openLog } from '../../src/log.ts';
import { openResponder } from '../../src/responder/open-responder.ts';
import { costOf, priceOf, pricesDate } from '../../src/responder/prices.ts';
import { startModelStub } from '../../test/support/model-stub/server.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';

export const description =
  'the input of 500 mails, a minute apart, through a simulated prefix cache, at the dated prices';

const most = 500;
const minuteMs = 60_000;
const model = 'claude-sonnet-5-5';

const mailSchema = z.object({ id: z.string(), subject: z.string(), body: z.string() });

/** The mails in the order of their ids' hashes, which no file's order and no run changes. */
async function mails(folder: string, count: number): Promise<z.output<typeof mailSchema>[]> {
  const files = ['mails.jsonl', 'fewshot-pool.jsonl'];
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const all = texts
    .flatMap((text) => text.split('\n').filter((line) => line.trim() !== ''))
    .map((line) => mailSchema.parse(JSON.parse(line)));
  const keyOf = (id: string) => createHash('sha256').update(id).digest('hex');
  return all
    .map((mail) => ({ mail, key: keyOf(mail.id) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, count)
    .map(({ mail }) => mail);
}

function inputOf({ subject, body }: { subject: string; body: string }, now: Date): DraftInput {
  const customer = { name: 'Alex Example', address: 'alex@customer.example' };
  return {
    mailbox: {
      name: 'support',
      address: 'help@shop.example',
      shopName: 'Harbor & Pine',
      signature: '',
    },
    now,
    customer,
    senderTrust: 'none',
    facts: noFacts,
    subject,
    turns: [{ direction: 'inbound', from: customer, date: now, text: body, attachments: [] }],
    rejected: [],
  };
}

const answer = {
  ...{ category: 'other', urgency: 'normal', language: 'en', reply: 'Thank you for your mail.' },
  ...{ citations: [], missing: [], needs_person: false, needs_person_reason: null },
};

/** The responder as it is shipped, at a stub whose cache lives by `clock`. */
async function openShipped(clock: { now: number }) {
  const stub = await startModelStub({ now: () => clock.now, responder: () => answer });
  const project = resolve(import.meta.dirname, '../..');
  const responder = await openResponder(
    {
      promptsFolder: join(project, 'prompts'),
      policiesFolder: join(project, 'policies'),
      prompt: settingsSchema.shape.prompt.parse(undefined),
      shop: { name: 'Harbor & Pine', linkDomains: [] },
      model: {
        ...{ name: model, baseUrl: stub.url, apiKey: 'none', kind: 'anthropic', capabilities: {} },
        ...{ maxTokens: 4096, timeoutSeconds: 60, idleSeconds: 60, effort: null, price: null },
        ...{ easy: null, triage: null, budgeted: false },
      },
    },
    openLog('silent'),
  );
  return { stub, responder };
}

/** @throws Error without a corpus, or where it has too few mails. */
export async function run({ corpora, n, progress }: MeasurementOptions): Promise<Figures> {
  if (corpora === null) throw new Error('Name the folder of mails with --corpora.');
  const count = n ?? most;
  const found = await mails(join(corpora, 'support'), count);
  if (found.length < count) throw new Error(`There are only ${found.length} mails.`);
  const clock = { now: Date.parse('2026-11-02T08:00:00Z') };
  const { stub, responder } = await openShipped(clock);
  try {
    let usage = noUsage;
    for (const [index, mail] of found.entries()) {
      const draft = await responder.draft(inputOf(mail, new Date(clock.now)), neverAborted);
      usage = addUsage(usage, draft.usage);
      clock.now += minuteMs;
      if ((index + 1) % 100 === 0) progress(`${index + 1} of ${count} mails`);
    }
    const prefixes = new Set(stub.requests.map(({ body }) => JSON.stringify(body.system)));
    return figuresOf(usage, prefixes.size, stub.requests.length);
  } finally {
    await stub.close();
  }
}

const neverAborted = new AbortController().signal;

function figuresOf(usage: typeof noUsage, prefixes: number, requests: number): Figures {
  const price = priceOf(model, 'anthropic', null);
  const tokens = usage.inputTokens + usage.cacheWriteTokens + usage.cacheReadTokens;
  const input = { ...usage, outputTokens: 0 };
  const cost = costOf(price, input) ?? Number.NaN;
  const uncached = costOf(price, { ...noUsage, inputTokens: tokens }) ?? Number.NaN;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    figures: {
      input_cost_ratio: round(cost / uncached, 4),
      cache_hit_share: round(usage.cacheReadTokens / tokens, 4),
      static_prefixes: prefixes,
      input_usd_per_mail: round(cost / requests, 6),
      tokens_per_mail: round(tokens / requests, 0),
      static_tokens: round((usage.cacheReadTokens + usage.cacheWriteTokens) / requests, 0),
      requests,
    },
    reference: {
      uncached_usd_per_mail: round(uncached / requests, 6),
      prices_of: Number(pricesDate.replaceAll('-', '')),
    },
    targets: {
      input_cost_ratio: { below: 0.35 },
      cache_hit_share: { atLeast: 0.8 },
      static_prefixes: { below: 1.5 },
    },
  };
}

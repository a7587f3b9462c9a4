/** Small prompts, policies, examples and mails for the responder's tests. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { noFacts } from '../../src/domain/facts.ts';
import type { DraftInput, ReplyFields } from '../../src/domain/responder.ts';
import { openLog } from '../../src/log.ts';
import type { MaterialSettings } from '../../src/responder/material.ts';
import { type PolicySet, parsePolicy } from '../../src/responder/policies.ts';

export const silent = openLog('silent');

/** A folder of files that the test's end removes. */
export async function writeFolder(files: Readonly<Record<string, string>>): Promise<{
  path: string;
  write(name: string, text: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'replywright-responder-'));
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    path,
    write,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export const promptText = `---
description: A test prompt
input:
  schema:
    shop: string
    categories(array): string
examples:
  pinned: 1
  retrieved: 2
---
You answer for {{shop}}.
{{#each categories}}
- {{this}}
{{/each}}
`;

export const policyText = `# Returns

## The period {#period}
You can return any item within 30 days. Small
parts cost €4.90 and 10 percent is kept.

## Contact {#contact}
We write from addresses that end in @shop.example and link to https://help.shop.example/returns.
`;

export const examplesText = `- id: return-en
  language: en
  category: returns
  subject: Returning a lamp
  mail: How do I send the lamp back?
  reply: You can return it within 30 days.
  citations:
    - section: returns#period
      quote: You can return any item within 30 days.
  pinned: true
- id: invoice-en
  language: en
  category: invoice
  subject: Invoice missing
  mail: Please send the invoice for my purchase again, my accountant wants a copy.
  reply: With pleasure, here is how to get the invoice.
- id: rechnung-de
  language: de
  category: invoice
  subject: Rechnung fehlt
  mail: Bitte schicken Sie mir die Rechnung noch einmal, die Buchhaltung braucht sie.
  reply: Gern schicken wir Ihnen die Rechnung noch einmal zu.
`;

export const fixtureFiles = {
  'prompts/test/1.hbs': promptText,
  'prompts/test/examples.yaml': examplesText,
  'policies/returns.md': policyText,
};

export function settingsFor(folder: string): MaterialSettings {
  return {
    promptsFolder: join(folder, 'prompts'),
    policiesFolder: join(folder, 'policies'),
    prompt: 'test/1',
    shop: { name: 'Tom & Ann', linkDomains: ['tomandann.example'] },
  };
}

/** The policy set of `policyText`. */
export function fixturePolicies(): PolicySet {
  const policy = parsePolicy('returns', policyText);
  const sections = new Map(policy.sections.map((section) => [section.id, section]));
  return { policies: [policy], sections, sha256: '' };
}

export function mailInput(
  subject: string,
  text: string,
  more: Partial<DraftInput> = {},
): DraftInput {
  const customer = { name: 'Ada', address: 'ada@customer.test' };
  return {
    mailbox: {
      name: 'support',
      address: 'support@shop.example',
      shopName: 'Tom & Ann',
      signature: '',
    },
    now: new Date('2026-11-03T10:00:00Z'),
    customer,
    subject,
    turns: [
      {
        direction: 'inbound',
        from: customer,
        date: new Date('2026-11-03T09:00:00Z'),
        text,
        attachments: [],
      },
    ],
    rejected: [],
    senderTrust: 'none',
    facts: noFacts,
    ...more,
  };
}

export function replyFields(more: Partial<ReplyFields> = {}): ReplyFields {
  return {
    category: 'returns',
    urgency: 'normal',
    language: 'en',
    reply: 'Hello, you can send the lamp back.',
    citations: [],
    missing: [],
    needsPerson: false,
    needsPersonReason: null,
    ...more,
  };
}

/** An answer in the wire form. */
export const wireReply = {
  category: 'returns',
  urgency: 'normal',
  language: 'en',
  reply: 'You can return it within 30 days.',
  citations: [{ section: 'returns#period', quote: 'You can return any item within 30 days.' }],
  missing: [],
  needs_person: false,
  needs_person_reason: null,
};

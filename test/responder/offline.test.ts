/** The offline responder, and the prompts, policies and examples that we ship. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadExamples, pinnedExamples } from '../../src/responder/examples.ts';
import { openResponder } from '../../src/responder/open-responder.ts';
import { isVerbatim, loadPolicies } from '../../src/responder/policies.ts';
import { loadPrompt } from '../../src/responder/prompts.ts';
import { mailInput, silent } from './fixture.ts';
import { offlineCases } from './offline-mails.ts';

const root = join(import.meta.dirname, '../..');
const shipped = {
  promptsFolder: join(root, 'prompts'),
  policiesFolder: join(root, 'policies'),
  prompt: 'support/3',
  shop: { name: 'Harbor & Pine', linkDomains: ['harborandpine.example'] },
  model: null,
};
const responder = await openResponder(shipped, silent);
const { examples } = await loadExamples(join(root, 'prompts/support/examples.yaml'));
const policies = await loadPolicies(shipped.policiesFolder);
const { signal } = new AbortController();

test('what is attached changes nothing but what is told', async () => {
  const [example] = examples;
  if (example === undefined) throw new Error('There is no example.');
  const input = mailInput(example.subject, example.mail);
  const lure = '"refund lawyer cancel.pdf": PDF, 4 kB, readable';
  const turns = input.turns.map((turn) => ({ ...turn, attachments: [lure] }));
  const plain = await responder.draft(input, signal);
  const attached = await responder.draft({ ...input, turns }, signal);
  expect(attached.fields).toEqual(plain.fields);
  expect(attached.userTurn).toContain(`- ${lure}`);
});

describe('what we ship', () => {
  test('every citation is verbatim', () => {
    const altered = examples.flatMap(({ id, citations }) =>
      citations
        .filter(({ section, quote }) => !isVerbatim(policies, section, quote))
        .map(({ section, quote }) => `${id}: ${section}: ${quote}`),
    );
    expect(altered).toEqual([]);
  });

  test('the prompt is released, with all its pinned examples', async () => {
    const prompt = await loadPrompt(shipped.promptsFolder, shipped.prompt);
    expect(prompt.released).toBe(true);
    const { pinned } = prompt.frontMatter.examples;
    expect(pinnedExamples(examples, 99)).toHaveLength(pinned);
    expect(responder.identity).toMatchObject({ prompt: 'support/3', model: 'offline' });
    expect(responder.identity.system).toContain('Harbor & Pine');
    expect(responder.identity.system).not.toMatch(/\{\{|&amp;/);
  });

  test.each(examples.map((example) => [example.id, example] as const))(
    'the mail of %s gets its reply, and all checks pass',
    async (_id, example) => {
      const { fields, checks } = await responder.draft(
        mailInput(example.subject, example.mail),
        signal,
      );
      expect(fields).toMatchObject({
        needsPerson: false,
        reply: example.reply,
        category: example.category,
      });
      expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    },
  );
});

describe('invented mails', () => {
  test.each(offlineCases.map((mail) => [mail.text.slice(0, 60), mail] as const))(
    '%s',
    async (_text, mail) => {
      const { fields } = await responder.draft(mailInput(mail.subject, mail.text), signal);
      const expected = examples.find(({ id }) => id === mail.expected);
      expect(fields.reply).toBe(expected?.reply ?? '');
      expect(fields.needsPerson).toBe(mail.expected === null);
      expect(fields.needsPersonReason === null).toBe(mail.expected !== null);
    },
  );
});

describe('a draft', () => {
  const mail = mailInput(
    'Where is my order?',
    'My lamp has not arrived after two weeks. Is it on its way?',
  );

  test('is the same each time, costs nothing and shows what was looked at', async () => {
    const { latencyMs: _, ...first } = await responder.draft(mail, signal);
    const { latencyMs: __, ...second } = await responder.draft(mail, signal);
    expect(first).toEqual(second);
    expect(first).toMatchObject({
      costUsd: 0,
      requestId: null,
      usage: { inputTokens: 0, outputTokens: 0 },
    });
    expect(first.userTurn).toContain('My lamp has not arrived');
  });

  test('never repeats what was rejected or already sent', async () => {
    const { fields } = await responder.draft(mail, signal);
    const rejected = [{ reply: `${fields.reply}\r\n`, reasons: ['wrong_fact'], note: null }];
    const again = await responder.draft({ ...mail, rejected }, signal);
    expect(again.fields.reply).not.toBe(fields.reply);

    const [last] = mail.turns;
    if (!last) throw new Error('no turn');
    const turns = [{ ...last, direction: 'outbound' as const, text: fields.reply }, last];
    const later = await responder.draft({ ...mail, turns }, signal);
    expect(later.fields.reply).not.toBe(fields.reply);
  });

  test('is not made when the call was aborted', async () => {
    await expect(responder.draft(mail, AbortSignal.abort(new Error('stop')))).rejects.toThrow(
      'stop',
    );
  });
});

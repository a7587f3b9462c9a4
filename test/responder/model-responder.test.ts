/** The calls that one draft is made of: triage for the cheap model, the draft, its critique. */

import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openLog } from '../../src/log.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { openResponder } from '../../src/responder/open-responder.ts';
import { startModelStub } from '../support/model-stub/server.ts';
import { modelAt } from './asking.ts';
import { fixtureFiles, mailInput, settingsFor, silent, wireReply, writeFolder } from './fixture.ts';

const stub = await startModelStub({ cacheMinimum: 1 });
const folder = await writeFolder({
  ...fixtureFiles,
  'prompts/test/principles.md': '1. Promise nothing that no policy says.\n',
});
afterAll(async () => {
  await stub.close();
  await folder[Symbol.asyncDispose]();
});
afterEach(() => stub.reset());

const { signal } = new AbortController();
const invoice = mailInput('Invoice missing', 'Please send the invoice for my purchase again.');
const cheap = { name: 'claude-haiku-5-5', price: null };

const open = (model: Partial<ModelSettings>, critique = false, log = silent) =>
  openResponder({ ...settingsFor(folder.path), model: modelAt(stub.url, model), critique }, log);

const models = () => stub.requests.map(({ body }) => body.model);

describe('the cheap model', () => {
  test('drafts its categories, told by the most similar example, under a name of its own', async () => {
    stub.setSticky({ kind: 'reply', content: wireReply });
    const responder = await open({ easy: { ...cheap, categories: ['invoice'] } });
    const easy = await responder.draft(invoice, signal);
    expect(models()).toEqual(['claude-haiku-5-5']);
    expect(easy.draftedBy).toMatchObject({ model: 'claude-haiku-5-5' });
    expect(easy.draftedBy?.hash).not.toBe(responder.identity.hash);
    // The same responder as one that has only this model.
    expect(easy.draftedBy?.hash).toBe((await open({ name: 'claude-haiku-5-5' })).identity.hash);
  });

  test('leaves all other mail to the model that drafts', async () => {
    stub.setSticky({ kind: 'reply', content: wireReply });
    const responder = await open({ easy: { ...cheap, categories: ['returns'] } });
    const draft = await responder.draft(invoice, signal);
    expect(models()).toEqual(['claude-sonnet-5-5']);
    expect(draft.draftedBy).toBeUndefined();
  });

  test('is chosen by a first call where that is configured', async () => {
    const labels = { category: 'warranty', urgency: 'normal', language: 'en' };
    stub.script({ kind: 'reply', content: labels });
    stub.setSticky({ kind: 'reply', content: wireReply });
    const responder = await open({
      easy: { ...cheap, categories: ['warranty'] },
      triage: { name: 'tiny', price: null },
    });
    const draft = await responder.draft(invoice, signal);
    expect(models()).toEqual(['tiny', 'claude-haiku-5-5']);
    expect(draft.calls.map(({ purpose }) => purpose)).toEqual(['triage', 'draft']);
    expect(draft.calls[0]?.request).toContain('Please send the invoice');
    expect(stub.requests[0]?.body.max_tokens).toBe(256);
  });

  test('and what that call says of the mail is told, and stays where the draft abstains', async () => {
    const labels = { category: 'warranty', urgency: 'urgent', language: 'fr' };
    const needs = { ...wireReply, needs_person: true, needs_person_reason: 'Ask the boss.' };
    const told: unknown[] = [];
    for (const content of [labels, needs, labels, wireReply])
      stub.script({ kind: 'reply', content });
    const responder = await open({
      easy: { ...cheap, categories: ['invoice'] },
      triage: { name: 'tiny', price: null },
    });
    const watch = { onLabels: (given: unknown) => void told.push(given) };
    expect((await responder.draft(invoice, signal, watch)).fields).toMatchObject(labels);
    expect((await responder.draft(invoice, signal, watch)).fields).toMatchObject({
      ...{ category: wireReply.category, language: wireReply.language },
    });
    expect(told).toEqual([labels, labels]);
  });

  test('is not chosen when nobody could tell the category; the mail is drafted all the same', async () => {
    stub.script({ kind: 'error', status: 529 });
    stub.setSticky({ kind: 'reply', content: wireReply });
    const responder = await open({
      easy: { ...cheap, categories: ['invoice'] },
      triage: { name: 'tiny', price: null },
    });
    const draft = await responder.draft(invoice, signal);
    expect(models()).toEqual(['tiny', 'claude-sonnet-5-5']);
    expect(draft.fields.reply).toBe(wireReply.reply);
  });

  test('what it saves is nothing without an easy model: no first call is made', async () => {
    stub.setSticky({ kind: 'reply', content: wireReply });
    await (await open({ triage: { name: 'tiny', price: null } })).draft(invoice, signal);
    expect(models()).toEqual(['claude-sonnet-5-5']);
  });
});

describe('a critique', () => {
  test('goes on with the draft, in the same form, with principles and the cited policies', async () => {
    stub.script({ kind: 'reply', content: wireReply });
    stub.script({ kind: 'reply', content: { ...wireReply, reply: 'KEEP' } });
    const draft = await (await open({}, true)).draft(invoice, signal);
    expect(draft.first).toBeNull();
    expect(draft.fields.reply).toBe(wireReply.reply);
    expect(draft.calls.map(({ purpose }) => purpose)).toEqual(['draft', 'critique']);
    const [first, second] = stub.requests.map(({ body }) => body);
    expect(second?.system).toEqual(first?.system);
    expect(second?.output_config).toEqual(first?.output_config);
    const asked = JSON.stringify(second?.messages);
    expect(asked).toContain('Promise nothing that no policy says.');
    expect(asked).toContain('## [returns#period] The period');
    expect(draft.calls[1]?.usage.cacheReadTokens).toBeGreaterThan(0);
  });

  test('that revises leaves both drafts, and the checks are those of the second', async () => {
    stub.script({ kind: 'reply', content: { ...wireReply, reply: 'You get €50.00 back. Bye' } });
    stub.script({ kind: 'reply', content: wireReply });
    const draft = await (await open({}, true)).draft(invoice, signal);
    expect(draft.first?.reply).toContain('€50.00');
    expect(draft.fields.reply).toBe(wireReply.reply);
    expect(draft.checks.filter(({ passed }) => !passed)).toEqual([]);
    const [one, two] = draft.calls.map(({ costUsd }) => costUsd ?? 0);
    expect(draft.costUsd).toBeCloseTo((one ?? 0) + (two ?? 0), 12);
  });

  test('may call for a person, and calls none off', async () => {
    const person = { ...wireReply, needs_person: true, needs_person_reason: 'A lawyer writes.' };
    stub.script({ kind: 'reply', content: wireReply });
    stub.script({ kind: 'reply', content: person });
    const responder = await open({}, true);
    expect((await responder.draft(invoice, signal)).fields.needsPerson).toBe(true);
    stub.script({ kind: 'reply', content: person });
    stub.script({ kind: 'reply', content: wireReply });
    expect((await responder.draft(invoice, signal)).fields.needsPerson).toBe(true);
  });

  test.each([[{ kind: 'error', status: 529 }], [{ kind: 'refusal' }], [{ kind: 'cut' }]] as const)(
    'that fails (%j) lets the first draft stand, and says so in the log',
    async (scenario) => {
      stub.script({ kind: 'reply', content: wireReply });
      stub.script(scenario);
      const lines: string[] = [];
      const log = openLog('debug', (line) => lines.push(line));
      const draft = await (await open({}, true, log)).draft(invoice, signal);
      expect(draft.fields.reply).toBe(wireReply.reply);
      expect(draft.first).toBeNull();
      expect(lines.join('')).toContain('critique_failed');
    },
  );

  test('changes the name of the responder with its principles', async () => {
    const before = (await open({}, true)).identity.hash;
    expect(before).not.toBe((await open({})).identity.hash);
    await folder.write('prompts/test/principles.md', '1. Something else.\n');
    expect((await open({}, true)).identity.hash).not.toBe(before);
  });

  test('without principles is refused', async () => {
    await folder.write('prompts/test/principles.md', ' \n');
    await expect(open({}, true)).rejects.toMatchObject({ code: 'principles_missing' });
  });
});

describe('a budget', () => {
  test.each([
    [{ name: 'my-lora' }, 'model.price'],
    [{ easy: { name: 'my-lora', price: null, categories: ['x'] } }, 'model.easy.price'],
    [{ triage: { name: 'my-lora', price: null } }, 'model.triage.price'],
  ])('needs a known price: %j', async (model, key) => {
    const error = await open({ ...model, budgeted: true }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'config_invalid' });
    expect((error as Error).message).toContain(key);
  });

  test.each([
    { name: 'my-lora', kind: 'vllm' as const },
    { name: 'my-lora', price: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } },
  ])('is content with %j', async (model) => {
    await expect(open({ ...model, budgeted: true })).resolves.toBeDefined();
  });
});

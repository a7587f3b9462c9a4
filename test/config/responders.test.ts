/** Named responders: what is written over the settings of all, and which keys go to which server. */

import { describe, expect, test } from 'vitest';
import { load } from './settings-fixture.ts';

const mailbox = (more: string) =>
  `  - {name: support, address: a@shop.example, folder: a, outbox: b${more}}`;

function settings(responders: string, { own = '', env = {}, model = '' } = {}) {
  const yaml = `shop: {name: Shop}\n${model}mailboxes:\n${mailbox(own)}\n${responders}`;
  return load({ 'replywright.yaml': yaml }, env);
}

const key = { ANTHROPIC_API_KEY: 'of-all' };

test('without the section, a mailbox has one responder, called by its prompt', () => {
  const { responders, mailboxes } = settings('', { own: ', prompt: support/2' });
  expect(mailboxes[0]?.responder).toBe('support/2');
  expect(responders).toEqual([
    { name: 'support/2', prompt: 'support/2', model: null, critique: false },
  ]);
});

test('a responder has its own prompt, and of the model what it says', () => {
  const { responders, mailboxes } = settings(
    `responders:
  - {name: careful, prompt: support/2, critique: true, model: {name: claude-opus-5, effort: high}}
  - {name: plain}
  - {name: canned, model: {name: offline}}`,
    { own: ', responder: careful', env: key, model: 'model: {maxTokens: 1000}\n' },
  );
  expect(mailboxes[0]?.responder).toBe('careful');
  const ofAll = { baseUrl: null, apiKey: 'of-all', maxTokens: 1000, timeoutSeconds: 120 };
  expect(responders).toMatchObject([
    {
      name: 'careful',
      prompt: 'support/2',
      critique: true,
      model: { ...ofAll, name: 'claude-opus-5', effort: 'high' },
    },
    { name: 'plain', prompt: 'support/3', critique: false, model: { ...ofAll, effort: null } },
    { name: 'canned', model: null },
  ]);
});

test('one that names a model asks for a model where none is set for all', () => {
  const { model, responders } = settings(
    'responders: [{name: local, model: {name: qwen, baseUrl: "http://127.0.0.1:8080"}}]',
  );
  expect(model).toBeNull();
  expect(responders).toMatchObject([
    { name: 'local', model: { name: 'qwen', baseUrl: 'http://127.0.0.1:8080', apiKey: '' } },
    { name: 'support/3', model: null },
  ]);
});

describe('the key for a model', () => {
  const elsewhere = 'responders: [{name: lora-1, model: {baseUrl: "https://gpu.example"}}]';

  test('is the responder’s own where there is one', () => {
    const env = { ...key, REPLYWRIGHT_LORA_1_MODEL_KEY: 'its-own' };
    const { responders } = settings(elsewhere, { env });
    expect(responders.map(({ model }) => model?.apiKey)).toEqual(['its-own', 'of-all']);
  });

  test('is never sent to another server than the one it is for', () => {
    const { responders } = settings(elsewhere, { env: key });
    expect(responders.map(({ model }) => model?.apiKey)).toEqual(['', 'of-all']);
  });

  test('is missed where only the responder asks for a model', () => {
    expect(() => settings('responders: [{name: a, model: {name: claude-opus-5}}]')).toThrow(
      expect.objectContaining({
        code: 'secret_missing',
        message: expect.stringContaining('ANTHROPIC_API_KEY'),
      }),
    );
  });
});

describe('a mistake is told with what was meant', () => {
  test.each([
    [
      'a responder that is not there',
      'responders: [{name: careful}]',
      ', responder: carefull',
      'mailboxes[0].responder is not valid: there is no entry "carefull" under `responders`. Did you mean "careful"?',
    ],
    ['none at all', '', ', responder: careful', 'None are known here'],
    [
      'a prompt beside the responder',
      'responders: [{name: careful}]',
      ', responder: careful, prompt: support/1',
      'a responder has its own prompt',
    ],
    [
      'two that share a name',
      'responders: [{name: lora-1}, {name: LORA_1}]',
      '',
      'responders[1].name is not valid: "LORA_1" is too much like "lora-1" above',
    ],
    [
      'an unknown key',
      'responders: [{name: careful, promt: support/1}]',
      '',
      'unknown key "responders[0].promt"',
    ],
    [
      'an unknown key of the model',
      'responders: [{name: careful, model: {maxToken: 5}}]',
      '',
      'unknown key "responders[0].model.maxToken"',
    ],
    [
      'a bad value',
      'responders: [{name: careful, model: {maxTokens: 5}}]',
      '',
      'expected at least 256, found 5',
    ],
  ])('%s', (_what, responders, own, told) => {
    expect(() => settings(responders, { own })).toThrow(told);
  });

  test('a key in the file', () => {
    expect(() => settings('responders: [{name: lora-1, model: {apiKey: secret}}]')).toThrow(
      expect.objectContaining({ mend: expect.stringContaining('REPLYWRIGHT_LORA_1_MODEL_KEY') }),
    );
  });
});

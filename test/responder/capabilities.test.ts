/** Endpoints that can less than Anthropic's: each is asked only for what it takes, and drafts. */

import { describe, expect, test } from 'vitest';
import { capabilitiesOf, kindByAddress } from '../../src/responder/capabilities.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { type ModelStubOptions, startModelStub } from '../support/model-stub/server.ts';
import { ask, modelAt, openClient } from './asking.ts';
import { wireReply } from './fixture.ts';

async function served(options: ModelStubOptions) {
  const stub = await startModelStub({ responder: () => wireReply, cacheMinimum: 1, ...options });
  return Object.assign(stub, { [Symbol.asyncDispose]: () => stub.close() });
}

/** What docs/models.md tells to set, each against a server that behaves like the real one. */
const documented: readonly [ModelStubOptions['server'], Partial<ModelSettings>][] = [
  ['anthropic', { kind: 'anthropic' }],
  ['llama.cpp', { kind: 'llama.cpp', name: 'shop-lora' }],
  ['vllm', { kind: 'vllm', name: 'shop-lora' }],
  ['ollama', { kind: 'ollama', name: 'shop-lora' }],
  ['litellm', { kind: 'gateway' }],
];

describe.each(documented)('%s', (server, more) => {
  test('drafts with the documented settings, at the first try', async () => {
    await using stub = await served(server === undefined ? {} : { server });
    const { fields, error, calls } = await ask(openClient(modelAt(stub.url, more)));
    expect(error).toBeNull();
    expect(fields?.reply).toBe(wireReply.reply);
    expect(stub.requests).toHaveLength(1);
    expect(calls[0]?.usage.outputTokens).toBeGreaterThan(0);
  });

  test('is sent nothing that it does not take', async () => {
    await using stub = await served(server === undefined ? {} : { server });
    await ask(openClient(modelAt(stub.url, more)));
    const body = stub.requests[0]?.body;
    const portable = server === 'llama.cpp' || server === 'ollama';
    expect(body?.output_config === undefined).toBe(portable);
    expect(typeof body?.system === 'string').toBe(portable);
    const marked = JSON.stringify(body).includes('cache_control');
    expect(marked).toBe(server === 'anthropic' || server === 'litellm');
  });

  test('a server of one’s own costs nothing, another has a price', async () => {
    await using stub = await served(server === undefined ? {} : { server });
    const { calls } = await ask(openClient(modelAt(stub.url, more)));
    const own = server === 'llama.cpp' || server === 'ollama' || server === 'vllm';
    if (own) expect(calls[0]?.costUsd).toBe(0);
    else expect(calls[0]?.costUsd).toBeGreaterThan(0);
  });
});

describe('a server that rejects output_config', () => {
  test('is asked again in words, and from then on only so', async () => {
    await using stub = await served({ server: 'strict' });
    const client = openClient(modelAt(stub.url, { capabilities: { systemBlocks: false } }));
    const first = await ask(client);
    expect(first.fields?.reply).toBe(wireReply.reply);
    expect(first.calls).toHaveLength(1);
    await ask(client);
    const sent = stub.requests.map(({ body }) => body.output_config !== undefined);
    expect(sent).toEqual([true, false, false]);
  });

  test('and for another reason too, fails with that', async () => {
    await using stub = await served({ server: 'strict' });
    const { error } = await ask(openClient(modelAt(stub.url)));
    expect(error).toMatchObject({ code: 'model_bad_request' });
    expect((error as Error).message).toContain('system');
    expect(stub.requests).toHaveLength(2);
  });
});

test('a server that ignores the schema is read out of its prose', async () => {
  await using stub = await served({ server: 'ollama' });
  stub.script({ kind: 'reply', content: wireReply, fenced: true });
  const { fields } = await ask(openClient(modelAt(stub.url, { kind: 'ollama' })));
  expect(fields?.reply).toBe(wireReply.reply);
});

test('a server that answers whole though it was asked to stream is understood', async () => {
  await using stub = await served({ server: 'strict' });
  const capabilities = { streaming: true, structured: false, systemBlocks: false };
  const asked = await ask(openClient(modelAt(stub.url, { capabilities })));
  expect(stub.requests[0]?.body.stream).toBe(true);
  expect(asked.fields?.reply).toBe(wireReply.reply);
  expect(asked.texts).toEqual([]);
});

test.each([
  [null, 'anthropic'],
  ['https://api.anthropic.com', 'anthropic'],
  ['http://127.0.0.1:11434', 'ollama'],
  ['http://127.0.0.1:8080/v1', 'gateway'],
])('the kind at %s is %s', (address, kind) => {
  expect(kindByAddress(address)).toBe(kind);
});

test('what the settings say of one capability wins over the kind', () => {
  const plain = capabilitiesOf('ollama', {});
  expect(capabilitiesOf('ollama', { structured: true, streaming: null })).toEqual({
    ...plain,
    structured: true,
  });
});

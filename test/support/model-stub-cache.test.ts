/** Checks what the model stub says of tokens, prompt caching, batches and models. */
import type Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { freshStubs } from './fresh-stubs.ts';
import { failure, params } from './model-stub-client.ts';

const { main: stub, sdk, another } = freshStubs();

describe('prompt cache', () => {
  const system = (text: string): Anthropic.TextBlockParam[] => [
    { type: 'text', text: 'Instructions. '.repeat(20) },
    { type: 'text', text, cache_control: { type: 'ephemeral' } },
  ];

  it('writes once, reads after, and forgets when a byte changes or after five minutes', async () => {
    let now = 0;
    const server = await another({ cacheMinimum: 100, now: () => now });
    const ask = async (text: string): Promise<Anthropic.Usage> =>
      (await sdk(server).messages.create(params({ system: system(text) }))).usage;
    const first = await ask('policy '.repeat(100));
    expect(first).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: 245 });
    const second = await ask('policy '.repeat(100));
    expect(second).toMatchObject({
      cache_read_input_tokens: 245,
      cache_creation_input_tokens: 0,
      input_tokens: first.input_tokens,
    });
    expect(await ask(`${'policy '.repeat(100)}!`)).toMatchObject({ cache_read_input_tokens: 0 });
    now = 5 * 60_000;
    expect(await ask('policy '.repeat(100))).toMatchObject({
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 245,
    });
  });

  it('caches nothing below the minimum, silently', async () => {
    const server = await another({ cacheMinimum: { default: 4096 } });
    for (let turn = 0; turn < 2; turn += 1) {
      const { usage } = await sdk(server).messages.create(params({ system: system('short') }));
      expect(usage).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: 0 });
    }
  });

  it('counts tokens as the whole input of a request', async () => {
    const { model, messages } = params();
    const counted = await sdk().messages.countTokens({
      model,
      messages,
      system: system('policy '.repeat(100)),
    });
    const { usage } = await sdk().messages.create(
      params({ system: system('policy '.repeat(100)) }),
    );
    expect(usage.input_tokens + (usage.cache_creation_input_tokens ?? 0)).toBe(
      counted.input_tokens,
    );
  });
});

describe('batches and models', () => {
  it('runs a batch to its results, errors included', async () => {
    const { batches } = sdk().messages;
    const bad = { ...params(), max_tokens: -1 };
    const made = await batches.create({
      requests: [
        { custom_id: 'a', params: params() },
        { custom_id: 'b', params: bad },
      ],
    });
    expect(made).toMatchObject({ processing_status: 'in_progress', results_url: null });
    const ended = await batches.retrieve(made.id);
    expect(ended).toMatchObject({
      processing_status: 'ended',
      request_counts: { succeeded: 1, errored: 1, processing: 0 },
    });
    const results = new Map<string, string>();
    for await (const line of await batches.results(made.id))
      results.set(line.custom_id, line.result.type);
    expect(Object.fromEntries(results)).toEqual({ a: 'succeeded', b: 'errored' });
  });

  it('cancels a held batch', async () => {
    const { batches } = sdk().messages;
    stub().holdBatches(true);
    const { id } = await batches.create({ requests: [{ custom_id: 'a', params: params() }] });
    expect(await batches.retrieve(id)).toMatchObject({ processing_status: 'in_progress' });
    expect(await batches.cancel(id)).toMatchObject({ processing_status: 'canceling' });
    expect(await batches.retrieve(id)).toMatchObject({
      processing_status: 'ended',
      request_counts: { canceled: 1 },
    });
  });

  it('lists models, and lacks what a local server lacks', async () => {
    const ids: string[] = [];
    for await (const model of sdk().models.list()) ids.push(model.id);
    expect(ids).toContain('claude-sonnet-5-5');
    const local = await another({ models: ['shop-lora'], lacks: ['count_tokens', 'batches'] });
    const { model: _model, ...rest } = params();
    expect(await failure(sdk(local).messages.create({ model: 'other', ...rest }))).toMatchObject({
      status: 404,
    });
    expect(
      await failure(
        sdk(local).messages.countTokens({ model: 'shop-lora', messages: rest.messages }),
      ),
    ).toMatchObject({ status: 404 });
  });
});

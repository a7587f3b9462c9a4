/** Drives the model stub with the real SDK: what the product will see is what these tests see. */
import { describe, expect, it } from 'vitest';
import { freshStubs } from './fresh-stubs.ts';
import { failure, params, textOf } from './model-stub-client.ts';

const { main: stub, sdk, another } = freshStubs();

describe('default answers', () => {
  it('fills the schema and quotes the first line of the mail', async () => {
    const message = await sdk().messages.create(params());
    expect(JSON.parse(textOf(message))).toEqual({
      category: 'order',
      needs_person: false,
      reason: null,
      citations: [],
      language: 'en',
      reply: expect.stringContaining('"Where is my parcel?"') as string,
    });
    expect(message.stop_reason).toBe('end_turn');
    expect(message._request_id).toMatch(/^req_stub/);
    expect(stub().requests).toHaveLength(1);
  });

  it('streams the same text with cumulative usage', async () => {
    const types: string[] = [];
    const stream = sdk().messages.stream(params());
    stream.on('streamEvent', (event) => types.push(event.type));
    const message = await stream.finalMessage();
    const whole = await sdk().messages.create(params());
    expect(textOf(message)).toBe(textOf(whole));
    expect(message.usage).toMatchObject({
      input_tokens: whole.usage.input_tokens,
      output_tokens: whole.usage.output_tokens,
    });
    expect([...new Set(types)]).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('sends the events of the API in their order, ping included', async () => {
    const response = await fetch(`${stub().url}/v1/messages`, {
      method: 'POST',
      headers: { 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(params({ stream: true })),
    });
    const events = (await response.text()).matchAll(/^event: (.*)$/gm);
    expect([...new Set([...events].map((event) => event[1]))]).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('takes a responder function and stops at max_tokens', async () => {
    stub().respondWith((request) => ({ seen: request.body.model }));
    expect(textOf(await sdk().messages.create(params()))).toBe('{"seen":"claude-sonnet-5-5"}');
    const short = await sdk().messages.create(params({ max_tokens: 3 }));
    expect(short).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } });
  });

  it('lets a test wait for requests', async () => {
    const next = stub().nextRequest();
    await sdk().messages.create(params());
    expect((await next).headers.authorization).toBe('Bearer test-key');
    const two = stub().waitForRequests(2);
    await sdk().messages.create(params());
    expect(await two).toHaveLength(2);
    expect((await stub().nextRequest()).sequence).toBe(2);
  });
});

describe('refusals of the API', () => {
  it.each([
    ['temperature', { temperature: 0 }, /temperature: Extra inputs/],
    ['top_p', { top_p: 1 }, /top_p/],
    ['top_k', { top_k: 1 }, /top_k/],
    [
      'prefill',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: '{' },
        ],
      },
      /prefill/,
    ],
    ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
    ['no messages', { messages: [] }, /at least one message/],
    [
      'citations with a format',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'document',
                source: { type: 'text', media_type: 'text/plain', data: 'x' },
                citations: { enabled: true },
              },
            ],
          },
        ],
      },
      /citations/,
    ],
    [
      'an open schema',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      /additionalProperties/,
    ],
  ])('answers 400 for %s', async (_name, more, text) => {
    const error = await failure(sdk().messages.create(params(more)));
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error' });
    expect(error.message).toMatch(text);
    expect(error.requestID).toMatch(/^req_stub/);
    expect(error.error).toMatchObject({ request_id: error.requestID });
  });

  it('answers 401 for a wrong key and takes both headers', async () => {
    const guarded = await another({ key: 'right' });
    expect(await failure(sdk(guarded, 'wrong').messages.create(params()))).toMatchObject({
      status: 401,
      type: 'authentication_error',
    });
    await sdk(guarded, 'right').messages.create(params());
    const headers = { 'x-api-key': 'right', 'anthropic-version': '2023-06-01' };
    const response = await fetch(`${guarded.url}/v1/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(params()),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('request-id')).toMatch(/^req_stub/);
  });
});

describe('scenarios', () => {
  it.each([401, 429, 500, 529])('answers %i once, then as usual', async (status) => {
    stub().script({ kind: 'error', status, retryAfter: 7 });
    const error = await failure(sdk().messages.create(params()));
    expect(error.status).toBe(status);
    expect(error.headers?.get('retry-after')).toBe('7');
    await sdk().messages.create(params());
  });

  it('tells a spend limit by its code', async () => {
    const details = { error_code: 'enforced_spend_limit_reached' };
    stub().script({ kind: 'error', status: 429, details });
    expect(await failure(sdk().messages.create(params()))).toMatchObject({
      errorCode: details.error_code,
      type: 'rate_limit_error',
    });
  });

  it('refuses, truncates and talks garbage, streaming or not', async () => {
    stub().script({ kind: 'refusal' }, 2);
    const refusal = await sdk().messages.create(params());
    expect(refusal).toMatchObject({
      stop_reason: 'refusal',
      content: [],
      stop_details: { type: 'refusal' },
    });
    expect(await sdk().messages.stream(params()).finalMessage()).toMatchObject({
      stop_reason: 'refusal',
      content: [],
    });
    stub().script({ kind: 'max_tokens' });
    const cut = await sdk().messages.create(params());
    expect(cut).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 2000 } });
    expect(() => JSON.parse(textOf(cut)) as unknown).toThrow();
    stub().script({ kind: 'garbage' });
    const garbage = textOf(await sdk().messages.create(params()));
    expect(() => JSON.parse(garbage) as unknown).toThrow();
    stub().script({ kind: 'garbage', shape: 'mismatch' });
    expect(JSON.parse(textOf(await sdk().messages.create(params())))).not.toHaveProperty(
      'category',
    );
  });

  it('sends an error event in mid-stream: no status, but a type', async () => {
    stub().script({ kind: 'stream_error' });
    const error = await failure(sdk().messages.stream(params()).finalMessage());
    expect(error).toMatchObject({ status: undefined, type: 'overloaded_error' });
  });

  it.each([true, false])('cuts the connection (stream: %s)', async (streaming) => {
    stub().script({ kind: 'cut' });
    const call = streaming
      ? sdk().messages.stream(params()).finalMessage()
      : sdk().messages.create(params());
    await expect(call).rejects.toThrow();
    await sdk().messages.create(params());
  });

  it('hangs until released, and close() ends a hang', async () => {
    stub().script({ kind: 'hang' }, 2);
    const held = sdk().messages.create(params());
    await stub().waitForRequests(1);
    const endless = failure(sdk().messages.create(params()));
    stub().release();
    await held;
    await stub().waitForRequests(2);
    await stub().close();
    expect((await endless).status).toBeUndefined();
  });

  it('keeps a sticky scenario until it is taken back, over HTTP too', async () => {
    const steer = (method: string, path: string, body?: object): Promise<Response> =>
      fetch(`${stub().url}/_stub/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    await steer('POST', 'scenarios', { scenario: { kind: 'error', status: 529 }, sticky: true });
    await failure(sdk().messages.create(params()));
    expect(await failure(sdk().messages.create(params()))).toMatchObject({
      status: 529,
      type: 'overloaded_error',
    });
    await steer('DELETE', 'scenarios');
    await sdk().messages.create(params());
    const { requests } = (await (await steer('GET', 'requests')).json()) as { requests: unknown[] };
    expect(requests).toHaveLength(3);
    expect((await steer('POST', 'scenarios', { kind: 'nonsense' })).status).toBe(400);
  });
});

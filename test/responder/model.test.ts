/** The model client against the stub: answers, repair, and every failure of an endpoint. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { ReplywrightError } from '../../src/domain/errors.ts';
import { openLog } from '../../src/log.ts';
import { endpointOf } from '../../src/responder/endpoints.ts';
import type { ModelClient } from '../../src/responder/model.ts';
import { retryAfterMs } from '../../src/responder/model-errors.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { checkModel, openResponder } from '../../src/responder/open-responder.ts';
import { startModelStub } from '../support/model-stub/server.ts';
import { ask, modelAt, openClient, system } from './asking.ts';
import { fixtureFiles, mailInput, settingsFor, silent, wireReply, writeFolder } from './fixture.ts';

const stub = await startModelStub({ key: 'sk-test', cacheMinimum: 1 });
afterAll(() => stub.close());
afterEach(() => stub.reset());

const settings = modelAt(stub.url);
const { signal } = new AbortController();

function open(more: Partial<ModelSettings> = {}): ModelClient {
  return openClient({ ...settings, ...more });
}

async function failure(client: ModelClient, abort = signal): Promise<ReplywrightError> {
  const { error } = await ask(client, 'Hello', { signal: abort });
  return error as ReplywrightError;
}

/** The fields of one request that the layout decides. */
function bodyOf(index: number) {
  return stub.requests[index]?.body as {
    system: { text: string; cache_control?: unknown }[];
    messages: { role: string; content: string }[];
    output_config?: { format?: { type: string }; effort?: string };
  };
}

describe('an answer', () => {
  test('comes back as fields with usage and request id', async () => {
    stub.script({ kind: 'reply', content: wireReply });
    const { fields, calls } = await ask(open());
    expect(fields).toMatchObject({ reply: wireReply.reply, needsPerson: false });
    expect(calls[0]?.requestId).toBe(stub.requests[0]?.requestId);
    expect(calls[0]?.usage.outputTokens).toBeGreaterThan(0);
    expect(calls[0]?.usage.cacheWriteTokens).toBeGreaterThan(0);
  });

  test('is asked for with the static blocks first and the cache mark on the last', async () => {
    stub.setSticky({ kind: 'reply', content: wireReply });
    const client = open();
    await ask(client);
    const second = await ask(client, 'Another mail');
    expect(bodyOf(0).system.map(({ text }) => text)).toEqual([...system.blocks]);
    expect(bodyOf(0).system.map((block) => 'cache_control' in block)).toEqual([false, false, true]);
    expect(bodyOf(0).messages).toEqual([{ role: 'user', content: 'Hello' }]);
    expect(bodyOf(0).output_config?.format?.type).toBe('json_schema');
    expect(JSON.stringify(bodyOf(1).system)).toBe(JSON.stringify(bodyOf(0).system));
    expect(second.calls[0]?.usage.cacheReadTokens).toBeGreaterThan(0);
  });

  test('the portable mode sends no output_config and reads JSON out of prose', async () => {
    stub.script({ kind: 'reply', content: wireReply, fenced: true });
    const { fields } = await ask(open({ capabilities: { structured: false } }));
    expect(fields?.reply).toBe(wireReply.reply);
    expect(bodyOf(0).output_config).toBeUndefined();
    expect(bodyOf(0).system[0]?.text).toContain('needs_person_reason');
  });

  test('effort is sent when it is set', async () => {
    stub.script({ kind: 'reply', content: wireReply });
    await ask(open({ capabilities: { structured: false }, effort: 'low' }));
    expect(bodyOf(0).output_config).toEqual({ effort: 'low' });
  });
});

describe('repair', () => {
  test.each(['text', 'mismatch', 'empty'] as const)(
    'asks once more after %s, and adds up',
    async (shape) => {
      stub.script({ kind: 'garbage', shape });
      stub.script({ kind: 'reply', content: wireReply });
      const { fields, calls } = await ask(open());
      expect(fields?.reply).toBe(wireReply.reply);
      expect(calls.map(({ purpose }) => purpose)).toEqual(['draft', 'repair']);
      expect(stub.requests).toHaveLength(2);
      expect(bodyOf(1).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
      expect(calls[0]?.usage.cacheWriteTokens).toBeGreaterThan(0);
      expect(calls[1]?.usage.cacheReadTokens).toBeGreaterThan(0);
    },
  );

  test('gives up after the second', async () => {
    stub.script({ kind: 'garbage', shape: 'text' }, 2);
    const error = await failure(open());
    expect(error).toMatchObject({ code: 'model_garbage', transient: false });
    expect(stub.requests).toHaveLength(2);
  });
});

describe.each([{ streaming: true }, { streaming: false }])('failures with %j', (capabilities) => {
  const open = (more: Partial<ModelSettings> = {}) =>
    openClient({ ...settings, capabilities, ...more });

  test.each([
    [{ kind: 'error', status: 400 }, 'model_bad_request', false, '(400)'],
    [{ kind: 'error', status: 404 }, 'model_bad_request', false, '(404)'],
    [{ kind: 'error', status: 413 }, 'model_bad_request', false, '(413)'],
    [{ kind: 'error', status: 401 }, 'model_credentials', true, '(401)'],
    [{ kind: 'error', status: 403 }, 'model_credentials', true, '(403)'],
    [{ kind: 'error', status: 402 }, 'model_billing', true, '(402)'],
    [{ kind: 'error', status: 429 }, 'model_rate_limited', true, ''],
    [{ kind: 'error', status: 500 }, 'model_overloaded', true, '(500)'],
    [{ kind: 'error', status: 503 }, 'model_overloaded', true, '(503)'],
    [{ kind: 'error', status: 529 }, 'model_overloaded', true, '(529)'],
    [{ kind: 'refusal' }, 'model_refused', false, ''],
    [{ kind: 'max_tokens' }, 'model_truncated', false, '1000'],
    [{ kind: 'cut' }, 'model_unreachable', true, ''],
    [{ kind: 'stream_error' }, 'model_overloaded', true, ''],
  ] as const)('%j is %s', async (scenario, code, transient, text) => {
    stub.script(scenario);
    const error = await failure(open());
    expect(error).toMatchObject({ code, transient });
    expect(error.message).toContain(text);
    expect(stub.requests).toHaveLength(1);
  });

  test('a spend limit is no rate limit', async () => {
    const details = { error_code: 'enforced_spend_limit_reached' };
    stub.script({ kind: 'error', status: 429, details });
    expect(await failure(open())).toMatchObject({ code: 'model_billing' });
  });

  test('retry-after comes along in milliseconds', async () => {
    stub.script({ kind: 'error', status: 429, retryAfter: 7 });
    expect(await failure(open())).toMatchObject({ code: 'model_rate_limited', retryAfterMs: 7000 });
    stub.script({ kind: 'error', status: 529 });
    expect(await failure(open())).toMatchObject({ retryAfterMs: null });
  });

  test('a wrong key', async () => {
    expect(await failure(open({ apiKey: 'sk-wrong' }))).toMatchObject({
      code: 'model_credentials',
    });
  });

  test('no answer in time', async () => {
    stub.script({ kind: 'hang' });
    const error = await failure(open({ timeoutSeconds: 0.2 }));
    expect(error).toMatchObject({ code: 'model_timeout', transient: true });
    expect(error.message).toContain('0.2 s');
  });

  test('an abort gives the reason of the signal', async () => {
    stub.script({ kind: 'hang' });
    const abort = new AbortController();
    const asked = failure(open(), abort.signal);
    await stub.nextRequest();
    abort.abort(new Error('shutting down'));
    expect(await asked).toMatchObject({ message: 'shutting down' });
  });

  test('nobody listens', async () => {
    const closed = await startModelStub();
    await closed.close();
    const error = await failure(open({ baseUrl: closed.url }));
    expect(error).toMatchObject({ code: 'model_unreachable' });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test.each([
    ['a web page', 'text/html', '<html>hello</html>', 'model_bad_request'],
    ['other JSON', 'application/json', '{"ok":true}', 'model_bad_request'],
    ['nothing', 'application/json', '', 'model_'],
    ['broken JSON', 'application/json', '{"content":', 'model_unreachable'],
  ])('the endpoint answers with %s', async (_name, type, body, code) => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(open({ baseUrl: `http://127.0.0.1:${port}` }));
    expect(error.code).toContain(code);
    server.closeAllConnections();
    server.close();
  });

  test('are logged with the request id and without the mail', async () => {
    const lines: string[] = [];
    const log = openLog('debug', (line) => lines.push(line));
    stub.script({ kind: 'refusal' });
    await ask(openClient(settings, log), 'canary-text');
    expect(lines.join('')).toContain(stub.requests[0]?.requestId ?? 'no request');
    expect(lines.join('')).not.toContain('canary-text');
    expect(lines.join('')).not.toContain('sk-test');
  });
});

test.each([
  [null, 'api.anthropic.com'],
  ['http://user:secret@127.0.0.1:8080/v1', '127.0.0.1:8080'],
])('endpointOf(%s)', (url, host) => {
  expect(endpointOf(url)).toBe(host);
});

test.each([
  ['3', 3000],
  ['0', 0],
  ['Tue, 03 Nov 2026 10:00:05 GMT', 5000],
  ['Tue, 03 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
])('retry-after %s', (value, expected) => {
  const headers = new Headers({ 'retry-after': value });
  expect(retryAfterMs(headers, Date.parse('2026-11-03T10:00:00Z'))).toBe(expected);
});

describe('checkModel', () => {
  test('names model and request', async () => {
    const found = await checkModel(settings, silent);
    expect(found).toEqual({ model: settings.name, requestId: stub.requests[0]?.requestId });
    expect(stub.requests).toHaveLength(1);
  });

  test('fails as a draft would', async () => {
    await expect(checkModel({ ...settings, apiKey: '' }, silent)).rejects.toMatchObject({
      code: 'model_credentials',
    });
  });
});

describe('the responder by a model', () => {
  test('drafts with checks, cost and exactly what the model saw', async () => {
    await using folder = await writeFolder(fixtureFiles);
    const responder = await openResponder({ ...settingsFor(folder.path), model: settings }, silent);
    stub.script({ kind: 'reply', content: { ...wireReply, reply: 'You get €50.00 back. Bye' } });
    const draft = await responder.draft(mailInput('Invoice', 'Where is the invoice?'), signal);

    const sent = bodyOf(0);
    expect(sent.messages).toEqual([{ role: 'user', content: draft.userTurn }]);
    expect(sent.system.map(({ text }) => text).join('\n\n')).toBe(responder.identity.system);
    expect(draft.userTurn).toContain('my accountant wants a copy');
    expect(draft.userTurn).not.toContain('How do I send the lamp back?');
    expect(responder.identity.system).toContain('How do I send the lamp back?');
    expect(draft.costUsd).toBeGreaterThan(0);
    expect(draft.checks.filter(({ passed }) => !passed).map(({ check }) => check)).toEqual([
      'amounts',
    ]);
  });

  test('its hash names model and settings, and never the key', async () => {
    await using folder = await writeFolder(fixtureFiles);
    const hashOf = async (more: Partial<ModelSettings>) =>
      (
        await openResponder(
          { ...settingsFor(folder.path), model: { ...settings, ...more } },
          silent,
        )
      ).identity.hash;
    const before = await hashOf({});
    expect(await hashOf({ apiKey: 'other', timeoutSeconds: 1 })).toBe(before);
    expect(await hashOf({ name: 'other' })).not.toBe(before);
    expect(await hashOf({ maxTokens: 999 })).not.toBe(before);
    expect(await hashOf({ effort: 'low' })).not.toBe(before);
  });
});

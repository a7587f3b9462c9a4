/** What is kept of every call, what streams, and what a broken stream leaves behind. */

import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { SpendGuard } from '../../src/domain/spending.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { replyFollower } from '../../src/responder/partial-reply.ts';
import { startModelStub } from '../support/model-stub/server.ts';
import { ask, modelAt, openClient } from './asking.ts';
import { wireReply } from './fixture.ts';

const stub = await startModelStub({ cacheMinimum: 1 });
afterAll(() => stub.close());
afterEach(() => stub.reset());

const open = (more: Partial<ModelSettings> = {}) => openClient(modelAt(stub.url, more));
const whole = { capabilities: { streaming: false } };

describe('a call', () => {
  test.each([{}, whole])('is kept as it was sent, with what came of it: %j', async (more) => {
    stub.script({ kind: 'reply', content: wireReply });
    const { calls } = await ask(open(more));
    const [request] = stub.requests;
    expect(calls).toEqual([
      {
        purpose: 'draft',
        request: request?.rawBody,
        answer: JSON.stringify(wireReply),
        stopReason: 'end_turn',
        usage: expect.objectContaining({ outputTokens: expect.any(Number) }),
        costUsd: expect.any(Number),
        latencyMs: expect.any(Number),
        requestId: request?.requestId,
      },
    ]);
    expect(calls[0]?.costUsd).toBeGreaterThan(0);
  });

  test('has the same bytes and figures, streamed or not', async () => {
    stub.setSticky({ kind: 'reply', content: wireReply });
    const [streamed] = (await ask(open())).calls;
    stub.reset();
    stub.setSticky({ kind: 'reply', content: wireReply });
    const [sentWhole] = (await ask(open(whole))).calls;
    expect(streamed?.usage).toEqual(sentWhole?.usage);
    expect(JSON.parse(streamed?.request ?? '')).toEqual({
      ...JSON.parse(sentWhole?.request ?? ''),
      stream: true,
    });
  });

  test.each([
    ['a refusal', { kind: 'refusal' }, 'model_refused', 'refusal', ''],
    ['a truncated answer', { kind: 'max_tokens' }, 'model_truncated', 'max_tokens', '{'],
  ] as const)('is kept also when it ends in %s', async (_what, scenario, code, stop, text) => {
    stub.script(scenario);
    const { calls, error } = await ask(open());
    expect(error).toMatchObject({ code });
    expect(calls).toMatchObject([{ stopReason: stop, answer: expect.stringContaining(text) }]);
    expect(calls[0]?.costUsd).toBeGreaterThan(0);
  });

  test('and its repair are both kept when the repair is no better', async () => {
    stub.script({ kind: 'garbage' }, 2);
    const { calls, error } = await ask(open());
    expect(error).toMatchObject({ code: 'model_garbage' });
    expect(calls.map(({ purpose }) => purpose)).toEqual(['draft', 'repair']);
    expect(calls.map(({ request }) => request)).toEqual(
      stub.requests.map(({ rawBody }) => rawBody),
    );
  });

  test('that was refused by its status is none', async () => {
    stub.script({ kind: 'error', status: 529 });
    expect((await ask(open())).calls).toEqual([]);
  });
});

describe('a stream', () => {
  test('shows the reply as it grows', async () => {
    const reply = 'Good "day"\n\nto you: \\ and \u{1f375}, it is on its way. Kind regards';
    stub.script({ kind: 'reply', content: { ...wireReply, reply } });
    const { texts, fields } = await ask(open());
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.every((text) => reply.startsWith(text))).toBe(true);
    expect(texts.at(-1)).toBe(reply);
    expect(fields?.reply).toBe(reply);
  });

  test.each([
    ['an error event', { kind: 'stream_error' }, 'model_overloaded'],
    ['a cut', { kind: 'cut', afterDeltas: 3 }, 'model_unreachable'],
  ] as const)('that ends in %s keeps what had come', async (_what, scenario, code) => {
    stub.script(scenario);
    const { calls, error } = await ask(open());
    expect(error).toMatchObject({ code, transient: true });
    expect(calls).toMatchObject([{ stopReason: null, answer: expect.stringMatching(/^\{/) }]);
    const { cacheWriteTokens } = calls[0]?.usage ?? { cacheWriteTokens: 0 };
    expect(cacheWriteTokens).toBeGreaterThan(0);
  });

  test('that falls silent is given up before its time is over', async () => {
    stub.script({ kind: 'hang', at: 'stream' });
    const { error } = await ask(open({ idleSeconds: 0.2 }));
    expect(error).toMatchObject({ code: 'model_stalled', transient: true });
  });

  test('that never ends is given up when its time is over', async () => {
    stub.script({ kind: 'hang', at: 'stream' });
    const { error } = await ask(open({ timeoutSeconds: 0.3 }));
    expect(error).toMatchObject({ code: 'model_timeout', transient: true });
  });

  test('that we break off ourselves gives our reason', async () => {
    stub.script({ kind: 'hang', at: 'stream' });
    const abort = new AbortController();
    const asked = ask(open(), 'Hello', {
      signal: abort.signal,
      watch: { onText: () => abort.abort(new Error('stopping')) },
    });
    await stub.nextRequest();
    abort.abort(new Error('stopping'));
    expect((await asked).error).toMatchObject({ message: 'stopping' });
  });
});

describe('what is paid for', () => {
  /** A guard that notes the worst case and the end of every reservation. */
  function notingGuard(limit = Number.POSITIVE_INFINITY) {
    const noted: { worst: number; settled: number | null }[] = [];
    const guard: SpendGuard = {
      async reserve(worst) {
        if (worst > limit) throw new Error('too dear');
        return { settle: async (settled) => void noted.push({ worst, settled }) };
      },
    };
    return { noted, guard };
  }

  test('is held back before the call and settled at what it cost', async () => {
    const { noted, guard } = notingGuard();
    stub.script({ kind: 'reply', content: wireReply });
    const { calls } = await ask(open(), 'Hello', { watch: { spending: guard } });
    expect(noted).toEqual([{ worst: expect.any(Number), settled: expect.any(Number) }]);
    expect(calls).toHaveLength(1);
    expect(noted[0]?.settled).toBe(calls[0]?.costUsd);
    expect(noted[0]?.worst).toBeGreaterThan(noted[0]?.settled ?? 0);
  });

  test.each([
    [{ kind: 'error', status: 529 }, 0],
    [{ kind: 'error', status: 502 }, null],
    [{ kind: 'error', status: 400 }, 0],
    [{ kind: 'cut' }, null],
    [{ kind: 'stream_error' }, null],
  ] as const)('%j is settled at %s', async (scenario, settled) => {
    const { noted, guard } = notingGuard();
    stub.script(scenario);
    await ask(open(), 'Hello', { watch: { spending: guard } });
    expect(noted.map((each) => each.settled)).toEqual([settled]);
  });

  test('is not called for when it does not fit', async () => {
    const { guard } = notingGuard(0);
    const { error } = await ask(open(), 'Hello', { watch: { spending: guard } });
    expect(error).toMatchObject({ message: 'too dear' });
    expect(stub.requests).toEqual([]);
  });
});

describe('replyFollower', () => {
  test.each([
    ['before the reply', ['{"category": "x"'], null],
    ['half an escape', ['{"reply": "a\\'], 'a'],
    ['half a code', ['{"reply": "a\\u00'], 'a'],
    ['a code', ['{"reply": "a\\u00e4'], 'aä'],
    ['an escaped backslash', ['{"reply": "a\\\\'], 'a\\'],
    ['a quote split from its backslash', ['{"reply": "a\\', '"b'], 'a"b'],
    ['what comes after', ['{"reply": "a", "x": "b"'], 'a'],
    ['the key in pieces', ['{"re', 'ply"', ':"a'], 'a'],
  ])('%s', (_what, pieces, expected) => {
    const follow = replyFollower();
    expect(pieces.map(follow).at(-1)).toBe(expected);
  });
});

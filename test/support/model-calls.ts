/** Calls to models as a responder reports them, and a responder that makes them at a stub. */

import type { ModelCall, Responder, ResponderIdentity } from '../../src/domain/responder.ts';
import type { ModelStub } from './model-stub/server.ts';
import { draftResult } from './parts.ts';

/** The static text of many requests. */
export const systemText = 'You answer mail for the shop, by its policies alone.\n'.repeat(40);

export const identity: ResponderIdentity = {
  hash: 'e'.repeat(64),
  prompt: 'support/1',
  promptSha256: 'b'.repeat(64),
  policySetSha256: 'c'.repeat(64),
  examplesSha256: 'd'.repeat(64),
  model: 'claude-sonnet-5-5',
  settings: { effort: null },
  system: systemText,
};

/** One call; what is left out is as a draft's first call has it. */
export function modelCall(given: Partial<ModelCall> = {}): ModelCall {
  return {
    purpose: 'draft',
    request: JSON.stringify({
      system: [{ type: 'text', text: systemText }],
      messages: [{ role: 'user', content: 'the mail, fenced' }],
    }),
    answer: '{"reply":"It is on its way."}',
    stopReason: 'end_turn',
    usage: { inputTokens: 10, cacheWriteTokens: 1, cacheReadTokens: 2, outputTokens: 3 },
    costUsd: 0.01,
    latencyMs: 12.5,
    requestId: 'req_1',
    ...given,
  };
}

/** A responder that asks the stub for a draft and for a critique, and keeps what it sent. */
export function callingResponder(stub: ModelStub): Responder {
  const ask = async (purpose: ModelCall['purpose'], content: string): Promise<ModelCall> => {
    const request = JSON.stringify({
      model: identity.model,
      max_tokens: 1_000,
      system: [{ type: 'text', text: systemText, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content }],
    });
    const response = await fetch(`${stub.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': 'k',
        'anthropic-version': '2023-06-01',
      },
      body: request,
    });
    const answer = (await response.json()) as { content: { text: string }[] };
    return modelCall({ purpose, request, answer: answer.content[0]?.text ?? '' });
  };
  return {
    identity,
    async draft(input, _signal, watch) {
      const calls = [
        await ask('draft', input.turns.at(-1)?.text ?? ''),
        await ask('critique', 'Hold it against the policies: “30 days” \u2028 & more.'),
      ];
      for (const call of calls) watch?.onCall?.(call);
      return draftResult({}, { calls, first: draftResult({ reply: 'Before.' }).fields });
    },
  };
}

/** Asks the model stub through the real SDK, for the tests of the stub. */
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import type { ModelStub } from './model-stub/server.ts';

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['category', 'needs_person', 'reason', 'citations', 'language', 'reply'],
  properties: {
    category: { type: 'string', enum: ['order', 'spam', 'other'] },
    needs_person: { type: 'boolean' },
    reason: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    citations: { type: 'array', items: { $ref: '#/$defs/citation' } },
    language: { type: 'string' },
    reply: { type: 'string' },
    note: { type: 'string' },
  },
  $defs: {
    citation: {
      type: 'object',
      additionalProperties: false,
      required: ['policy', 'quote'],
      properties: { policy: { type: 'string' }, quote: { type: 'string' } },
    },
  },
};
const MAIL =
  '<date>2026-01-01</date>\n<mail>\nFrom: Dana\nSubject: parcel\n\nWhere is my parcel?\nDana\n</mail>';

/** The SDK on a stub, without retries of its own. */
export function sdkFor(server: ModelStub, apiKey = 'test-key'): Anthropic {
  return new Anthropic({ apiKey, baseURL: server.url, maxRetries: 0 });
}

/** A request like the product's, with `more` on top. */
export function params(more: object = {}): Anthropic.MessageCreateParamsNonStreaming {
  const format = { type: 'json_schema' as const, schema: SCHEMA };
  const messages = [{ role: 'user' as const, content: MAIL }];
  return {
    model: 'claude-sonnet-5-5',
    max_tokens: 2000,
    messages,
    output_config: { format },
    ...more,
  };
}

/** The text of all text blocks. */
export function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** The API error with which a call fails. @throws Error when it does not */
export async function failure(work: Promise<unknown>): Promise<APIError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error(`no APIError but ${String(error)}`);
  return error;
}

/** Reads the answer of a model endpoint, whole or as server-sent events. */

import { Stream } from '@anthropic-ai/sdk/core/streaming';
import { z } from 'zod';
import type { Usage } from '../domain/responder.ts';

/** What has come of an answer so far; filled while it comes, so that a broken one is not lost. */
export interface PartialAnswer {
  /** As the endpoint names it; empty when it does not. */
  model: string;
  text: string;
  /** In the endpoint's word; null when it has not said. */
  stopReason: string | null;
  /** Null as long as the endpoint has said nothing of it. */
  usage: Usage | null;
  /** False until the last byte. */
  complete: boolean;
}

export const nothingYet = (): PartialAnswer => ({
  model: '',
  text: '',
  stopReason: null,
  usage: null,
  complete: false,
});

/** A count as a column holds it, whatever a server makes of its tokens. */
const count = z.number().transform((told) => Math.round(Math.min(Math.max(told, 0), 2 ** 31 - 1)));

/** Servers leave out fields that Anthropic always sends. */
const usageSchema = z
  .object({
    input_tokens: count.nullish(),
    cache_creation_input_tokens: count.nullish(),
    cache_read_input_tokens: count.nullish(),
    output_tokens: count.nullish(),
  })
  .nullish();

export const messageSchema = z.object({
  model: z.string().default(''),
  stop_reason: z.string().nullish(),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  usage: usageSchema,
});

/** What we read of an event; all other fields and kinds are not for us. */
const eventSchema = z.object({
  type: z.string(),
  message: z.object({ model: z.string().default(''), usage: usageSchema }).optional(),
  delta: z
    .object({
      type: z.string().optional(),
      text: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: usageSchema,
});

/** The newer figures over the older: those at the end of a stream leave out what has not changed. */
function withUsage(before: Usage | null, told: z.output<typeof usageSchema>): Usage | null {
  if (told === null || told === undefined) return before;
  return {
    inputTokens: told.input_tokens ?? before?.inputTokens ?? 0,
    cacheWriteTokens: told.cache_creation_input_tokens ?? before?.cacheWriteTokens ?? 0,
    cacheReadTokens: told.cache_read_input_tokens ?? before?.cacheReadTokens ?? 0,
    outputTokens: told.output_tokens ?? before?.outputTokens ?? 0,
  };
}

/** The text blocks joined; thinking and any other blocks are not for us. */
export function readWhole(message: z.output<typeof messageSchema>, into: PartialAnswer): void {
  into.model = message.model;
  into.text = message.content
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text ?? '')
    .join('');
  into.stopReason = message.stop_reason ?? null;
  into.usage = withUsage(null, message.usage);
  into.complete = true;
}

/**
 * Reads a stream of events to its end.
 *
 * @param into is filled as it comes.
 * @param onText told each piece of text.
 * @throws what the SDK throws for an error event and a broken connection.
 */
export async function readStream(
  response: Response,
  into: PartialAnswer,
  onText: (piece: string) => void,
): Promise<void> {
  const events = Stream.fromSSEResponse<unknown>(response, new AbortController());
  for await (const raw of events) {
    const parsed = eventSchema.safeParse(raw);
    if (!parsed.success) continue;
    const { type, message, delta, usage } = parsed.data;
    if (message !== undefined) {
      into.model = message.model;
      into.usage = withUsage(into.usage, message.usage);
    }
    into.usage = withUsage(into.usage, usage);
    if (delta?.stop_reason) into.stopReason = delta.stop_reason;
    if (delta?.type === 'text_delta' && delta.text) {
      into.text += delta.text;
      onText(delta.text);
    }
    if (type === 'message_stop') into.complete = true;
  }
}

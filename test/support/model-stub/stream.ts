/** Writes an answer as the Messages API does: one JSON body, or server-sent events; both can be broken on purpose. */
import type { ServerResponse } from 'node:http';
import type { Gate } from './scenarios.ts';
import {
  type Answer,
  errorBody,
  type InputUsage,
  type JsonObject,
  type StubError,
} from './types.ts';

const DELTA_SIGNS = 24;

/** Where the answer breaks off; all absent for a whole one. */
export interface WirePlan {
  /** Destroy the socket after this many text deltas (a JSON body: in its middle). */
  readonly cutAfter?: number;
  /** After the first delta, wait at the gate. */
  readonly hangInStream?: boolean;
  /** After the first delta, send this as an `error` event and end. */
  readonly streamError?: StubError;
}

/** All that is needed to write one answer. */
export interface Delivery {
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly messageId: string;
  readonly model: string;
  readonly usage: InputUsage;
  readonly outputTokens: number;
  readonly answer: Answer;
  readonly plan: WirePlan;
  readonly gate: Gate;
}

/** Usage with every field that the API sends. */
function fullUsage(
  usage: InputUsage,
  outputTokens: number,
  tier: 'standard' | 'batch' = 'standard',
): JsonObject {
  return {
    ...usage,
    output_tokens: outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: tier,
    inference_geo: 'not_available',
    speed: 'standard',
  };
}

/** The message object of a whole answer. */
export function messageOf(
  parts: Pick<Delivery, 'messageId' | 'model' | 'usage' | 'outputTokens' | 'answer'>,
  tier: 'standard' | 'batch' = 'standard',
): JsonObject {
  const { answer } = parts;
  return {
    id: parts.messageId,
    type: 'message',
    role: 'assistant',
    model: parts.model,
    container: null,
    diagnostics: null,
    content: answer.text === '' ? [] : [{ type: 'text', text: answer.text, citations: null }],
    stop_reason: answer.stopReason,
    stop_sequence: null,
    stop_details: answer.stopDetails,
    usage: fullUsage(parts.usage, parts.outputTokens, tier),
  };
}

/** Writes and waits until the bytes are handed to the system, so that a cut comes after them. */
function write(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.write(text, () => resolve());
  });
}

/** Sends the answer as one JSON body. */
export async function sendJson(delivery: Delivery): Promise<void> {
  const { response, plan } = delivery;
  const body = JSON.stringify(messageOf(delivery));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  if (plan.cutAfter === undefined) {
    response.end(body);
    return;
  }
  await write(response, body.slice(0, body.length / 2));
  response.destroy();
}

/** Splits between code points, so that no half of a surrogate pair goes over the wire. */
function deltasOf(text: string): string[] {
  const signs = [...text];
  const deltas: string[] = [];
  for (let start = 0; start < signs.length; start += DELTA_SIGNS)
    deltas.push(signs.slice(start, start + DELTA_SIGNS).join(''));
  return deltas;
}

/** Sends the text deltas, and breaks off where the plan says so. @returns whether the stream goes on */
async function sendDeltas(
  delivery: Delivery,
  send: (event: JsonObject) => Promise<void>,
): Promise<boolean> {
  const { response, plan, gate } = delivery;
  const deltas = deltasOf(delivery.answer.text);
  for (const [index, text] of deltas.entries()) {
    if (plan.cutAfter === index) {
      response.destroy();
      return false;
    }
    await send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    if (index > 0) continue;
    if (plan.hangInStream === true) await gate.wait();
    if (plan.streamError !== undefined) {
      await send(errorBody(plan.streamError, delivery.requestId));
      response.end();
      return false;
    }
  }
  // A short answer has fewer deltas than the cut asks for: it is cut before its end all the same.
  if (plan.cutAfter !== undefined) response.destroy();
  return plan.cutAfter === undefined;
}

/** Sends the answer as server-sent events, in the order and with the fields of the API. */
export async function sendStream(delivery: Delivery): Promise<void> {
  const { response, answer, usage } = delivery;
  const send = (event: JsonObject): Promise<void> =>
    write(response, `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const opening = messageOf({
    ...delivery,
    answer: { text: '', stopReason: 'end_turn', stopDetails: null },
    outputTokens: 1,
  });
  await send({ type: 'message_start', message: { ...opening, stop_reason: null } });
  if (answer.text !== '') {
    await send({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'text', text: '', citations: null },
    });
  }
  await send({ type: 'ping' });
  if (!(await sendDeltas(delivery, send))) return;
  if (answer.text !== '') await send({ type: 'content_block_stop', index: 0 });
  const { cache_creation: _details, ...flat } = usage;
  await send({
    type: 'message_delta',
    delta: {
      container: null,
      stop_reason: answer.stopReason,
      stop_sequence: null,
      stop_details: answer.stopDetails,
    },
    usage: {
      ...flat,
      output_tokens: delivery.outputTokens,
      output_tokens_details: null,
      server_tool_use: null,
    },
  });
  await send({ type: 'message_stop' });
  response.end();
}

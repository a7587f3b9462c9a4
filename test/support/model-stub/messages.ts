/** Answers POST /v1/messages: takes the next scenario or makes the default answer, and counts its tokens. */
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { estimateTokens, type PrefixCache } from './cache.ts';
import { firstMailLine } from './mail-text.ts';
import { obedientAnswer } from './obedient.ts';
import type { Gate, ScenarioQueue } from './scenarios.ts';
import { fillSchema } from './schema-fill.ts';
import { refuseUnknown, type ServerTraits, toldUsage } from './servers.ts';
import { sendJson, sendStream, type WirePlan } from './stream.ts';
import {
  type Answer,
  isObject,
  type JsonObject,
  type MessagesBody,
  type RecordedRequest,
  type Responder,
  type Scenario,
  StubError,
} from './types.ts';
import { validate } from './validate.ts';

/** What the answering parts share. */
export interface StubState {
  readonly scenarios: ScenarioQueue;
  readonly gate: Gate;
  readonly cache: PrefixCache;
  readonly models: readonly string[] | null;
  readonly traits: ServerTraits;
  responder: Responder | null;
  obedient: boolean;
  /** Milliseconds before every answer. */
  delay: number;
  /** Aborted when the stub closes, so that nothing waits on. */
  readonly closed: AbortSignal;
  /** A fresh id with this prefix. */
  newId(prefix: string): string;
}

/** The polite reply of the default answer. */
function politeReply(body: MessagesBody): string {
  const line = firstMailLine(body);
  const quoted = line === '' ? '' : ` You wrote: "${line}".`;
  return `Hello,\n\nthank you for your message.${quoted} We are glad to help.\n\nKind regards`;
}

function defaultAnswer(body: MessagesBody, { ignoresSchema }: ServerTraits): string | JsonObject {
  const reply = politeReply(body);
  const schema = ignoresSchema ? undefined : body.output_config?.format?.schema;
  if (schema === undefined) return reply;
  const filled = fillSchema(schema, { text: { reply } });
  return isObject(filled) ? filled : JSON.stringify(filled);
}

async function ordinaryText(state: StubState, request: RecordedRequest): Promise<string> {
  const content =
    state.responder !== null
      ? await state.responder(request)
      : state.obedient
        ? obedientAnswer(request.body)
        : defaultAnswer(request.body, state.traits);
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** Stops at the request's own limit, as the API does. */
function limited(text: string, body: MessagesBody): Answer {
  const signs = (body.max_tokens ?? 0) * 4;
  const whole = estimateTokens(text) <= (body.max_tokens ?? 0);
  return whole
    ? { text, stopReason: 'end_turn', stopDetails: null }
    : { text: text.slice(0, signs), stopReason: 'max_tokens', stopDetails: null };
}

const GARBAGE = {
  text: 'I am afraid I cannot put this into the form you ask for, but here are some thoughts { about it',
  mismatch: JSON.stringify({ unexpected: ['shape'], reply: 42 }),
  empty: '',
} as const;

function fence(text: string): string {
  return `Sure, here is the answer:\n\n\`\`\`json\n${text}\n\`\`\`\n\nLet me know if you need anything else.`;
}

/** What the model says in this scenario. */
async function answerOf(
  state: StubState,
  scenario: Scenario | null,
  request: RecordedRequest,
): Promise<Answer> {
  switch (scenario?.kind) {
    case 'reply': {
      const text =
        typeof scenario.content === 'string' ? scenario.content : JSON.stringify(scenario.content);
      return limited(scenario.fenced === true ? fence(text) : text, request.body);
    }
    case 'refusal': {
      const { category = 'general_harms', explanation = 'The request was declined.' } = scenario;
      return {
        text: '',
        stopReason: 'refusal',
        stopDetails: { type: 'refusal', category, explanation },
      };
    }
    case 'max_tokens': {
      const text = await ordinaryText(state, request);
      return { text: text.slice(0, text.length / 2), stopReason: 'max_tokens', stopDetails: null };
    }
    case 'garbage':
      return { text: GARBAGE[scenario.shape ?? 'text'], stopReason: 'end_turn', stopDetails: null };
    default:
      return limited(await ordinaryText(state, request), request.body);
  }
}

function planOf(scenario: Scenario | null, streaming: boolean): WirePlan {
  if (scenario?.kind === 'cut') return { cutAfter: scenario.afterDeltas ?? 1 };
  if (scenario?.kind === 'hang') return { hangInStream: scenario.at === 'stream' && streaming };
  if (scenario?.kind !== 'stream_error') return {};
  const type = scenario.type ?? 'overloaded_error';
  const error = new StubError(
    type === 'overloaded_error' ? 529 : 500,
    scenario.message ?? 'Overloaded',
    { type },
  );
  if (!streaming) throw error;
  return { streamError: error };
}

function errorOf(scenario: Extract<Scenario, { kind: 'error' }>): StubError {
  const { status, retryAfter, type, details } = scenario;
  const message =
    scenario.message ?? (status === 529 ? 'Overloaded' : `scenario: status ${status}`);
  return new StubError(status, message, {
    ...(type === undefined ? {} : { type }),
    ...(details === undefined ? {} : { details }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** Does the waiting of a scenario and gives back what remains to be done. @throws StubError for an error scenario */
async function settle(
  state: StubState,
  first: Scenario | null,
  streaming: boolean,
): Promise<Scenario | null> {
  let scenario = first;
  if (state.delay > 0) await pause(state.delay, undefined, { signal: state.closed, ref: false });
  while (scenario?.kind === 'delay') {
    await pause(scenario.milliseconds, undefined, { signal: state.closed, ref: false });
    scenario = scenario.then ?? null;
  }
  if (scenario?.kind === 'error') throw errorOf(scenario);
  if (scenario?.kind === 'hang' && !(scenario.at === 'stream' && streaming))
    await state.gate.wait();
  return scenario;
}

/** The text and usage of an answer that goes into a batch result. @throws StubError as the endpoint would */
export async function answerForBatch(
  state: StubState,
  request: RecordedRequest,
): Promise<{
  answer: Answer;
  outputTokens: number;
  model: string;
  usage: ReturnType<PrefixCache['use']>;
}> {
  validate(request.body, { counting: false, models: state.models });
  const scenario = await settle(state, state.scenarios.next(), false);
  const answer = await answerOf(state, scenario, request);
  const usage = state.cache.use(request.body);
  return {
    answer,
    usage,
    outputTokens: estimateTokens(answer.text),
    model: request.body.model ?? '',
  };
}

/**
 * Answers one request to /v1/messages.
 * @throws StubError for what the API answers with an error status; nothing has been written then
 */
export async function answerMessages(
  state: StubState,
  request: RecordedRequest,
  response: ServerResponse,
): Promise<void> {
  const { body } = request;
  validate(body, { counting: false, models: state.models });
  refuseUnknown(body, state.traits);
  const streaming = body.stream === true && !state.traits.ignoresStream;
  const scenario = await settle(state, state.scenarios.next(), streaming);
  const plan = planOf(scenario, streaming);
  const answer = await answerOf(state, scenario, request);
  const limit = body.max_tokens ?? 0;
  const delivery = {
    response,
    requestId: request.requestId,
    messageId: state.newId('msg'),
    model: body.model ?? '',
    usage: toldUsage(state.cache.use(body), state.traits),
    outputTokens: answer.stopReason === 'max_tokens' ? limit : estimateTokens(answer.text),
    answer,
    plan,
    gate: state.gate,
  };
  await (streaming ? sendStream(delivery) : sendJson(delivery));
}

/** Refuses the requests that the Messages API refuses with status 400. */
import { isObject, type JsonObject, type MessagesBody, StubError } from './types.ts';

const SAMPLING = ['temperature', 'top_p', 'top_k'];
const ROLES = ['user', 'assistant', 'system'];
const MAX_BREAKPOINTS = 4;

function refuse(message: string): never {
  throw new StubError(400, message);
}

/** A content as its list of blocks: a string stands for one text block. */
export function blocksOf(content: unknown): JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** The messages of a body that are objects. */
export function messagesOf(body: MessagesBody): JsonObject[] {
  return Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
}

function checkMessages(body: MessagesBody): void {
  if (!Array.isArray(body.messages)) refuse('messages: Field required');
  if (body.messages.length === 0) refuse('messages: at least one message is required');
  for (const [index, message] of body.messages.entries()) {
    if (!isObject(message)) refuse(`messages.${index}: Input should be an object`);
    const { role, content } = message;
    if (typeof role !== 'string' || !ROLES.includes(role))
      refuse(`messages.${index}.role: Input should be 'user' or 'assistant'`);
    if (typeof content !== 'string' && !Array.isArray(content))
      refuse(`messages.${index}.content: Field required`);
    for (const [position, block] of blocksOf(content).entries()) {
      if (typeof block.type !== 'string')
        refuse(`messages.${index}.content.${position}.type: Field required`);
      if (block.type === 'text' && typeof block.text !== 'string')
        refuse(`messages.${index}.content.${position}.text: Field required`);
    }
    if (blocksOf(content).length === 0)
      refuse(`messages.${index}: all messages must have non-empty content`);
  }
  if (messagesOf(body).at(-1)?.role === 'assistant') {
    refuse(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
}

function checkSystem(system: unknown): void {
  if (system === undefined || typeof system === 'string') return;
  if (!Array.isArray(system)) refuse('system: Input should be a valid list');
  for (const [index, block] of system.entries()) {
    if (!isObject(block) || block.type !== 'text')
      refuse(`system.${index}.type: Input should be 'text'`);
    if (typeof block.text !== 'string' || block.text === '')
      refuse(`system.${index}: text content blocks must be non-empty`);
  }
}

/** All content blocks of a body, in the order in which the cache sees them: tools, system, messages. */
export function allBlocks(body: MessagesBody): JsonObject[] {
  const tools = Array.isArray(body.tools) ? body.tools.filter(isObject) : [];
  const messages = messagesOf(body).flatMap((message) =>
    blocksOf(message.content).map((block) => ({ role: message.role, ...block })),
  );
  return [...tools, ...blocksOf(body.system), ...messages];
}

function checkOutputConfig(body: MessagesBody): void {
  const format = body.output_config?.format;
  if (format === undefined || format === null) return;
  if (format.type !== 'json_schema')
    refuse("output_config.format.type: Input should be 'json_schema'");
  if (!isObject(format.schema)) refuse('output_config.format.schema: Field required');
  const cites = allBlocks(body).some(
    (block) => isObject(block.citations) && block.citations.enabled === true,
  );
  if (cites) refuse('citations: citations are not supported together with output_config.format');
  checkClosedObjects(format.schema, 'output_config.format.schema');
}

/** Structured outputs demand `additionalProperties: false` on every object. */
function checkClosedObjects(schema: unknown, where: string): void {
  if (Array.isArray(schema)) {
    for (const [index, item] of schema.entries()) checkClosedObjects(item, `${where}.${index}`);
    return;
  }
  if (!isObject(schema)) return;
  if (schema.type === 'object' && schema.additionalProperties !== false) {
    refuse(`${where}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  }
  for (const [key, value] of Object.entries(schema)) {
    if (key !== 'enum' && key !== 'const' && key !== 'required')
      checkClosedObjects(value, `${where}.${key}`);
  }
}

/**
 * Checks a request to /v1/messages, or with `counting` to /v1/messages/count_tokens, which needs no max_tokens.
 * @throws StubError with status 400, and 404 for a model that is not in `models` (when that list is given)
 */
export function validate(
  body: MessagesBody,
  options: { counting: boolean; models: readonly string[] | null },
): void {
  if (typeof body.model !== 'string' || body.model === '') refuse('model: Field required');
  if (!options.counting) {
    if (body.max_tokens === undefined) refuse('max_tokens: Field required');
    if (!Number.isInteger(body.max_tokens) || body.max_tokens < 0)
      refuse('max_tokens: Input should be greater than or equal to 0');
  }
  for (const name of SAMPLING) {
    if (name in body) refuse(`${name}: Extra inputs are not permitted`);
  }
  checkSystem(body.system);
  checkMessages(body);
  checkOutputConfig(body);
  const breakpoints = allBlocks(body).filter((block) => isObject(block.cache_control)).length;
  if (breakpoints > MAX_BREAKPOINTS)
    refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${breakpoints}.`);
  if (options.models !== null && !options.models.includes(body.model))
    throw new StubError(404, `model: ${body.model}`);
}

/** How other servers that speak `/v1/messages` differ from Anthropic's, as far as a client notices. */
import { type JsonObject, type MessagesBody, StubError } from './types.ts';

export type ServerKind = 'anthropic' | 'llama.cpp' | 'vllm' | 'ollama' | 'litellm' | 'strict';

export interface ServerTraits {
  /** Reads `output_config` and does not act on it. */
  readonly ignoresSchema: boolean;
  /** Answers whole, whatever is asked for. */
  readonly ignoresStream: boolean;
  /** Reports what was read from and written to the cache. */
  readonly cacheUsage: boolean;
  /** Sends `request-id` with every answer. */
  readonly requestId: boolean;
  /** Answers 400 to what it does not know. */
  readonly rejects: readonly ('output_config' | 'system_blocks')[];
  readonly lacks: readonly ('count_tokens' | 'batches' | 'models')[];
}

const own: ServerTraits = {
  ignoresSchema: true,
  ignoresStream: false,
  cacheUsage: false,
  requestId: false,
  rejects: [],
  lacks: ['batches', 'count_tokens'],
};

export const serverTraits: Readonly<Record<ServerKind, ServerTraits>> = {
  anthropic: { ...own, ignoresSchema: false, cacheUsage: true, requestId: true, lacks: [] },
  'llama.cpp': { ...own, lacks: ['batches'] },
  vllm: { ...own, ignoresSchema: false },
  ollama: own,
  litellm: { ...own, ignoresSchema: false, cacheUsage: true },
  // A server with a closed schema of requests, as small gateways have.
  strict: { ...own, ignoresStream: true, rejects: ['output_config', 'system_blocks'] },
};

/** @throws StubError 400 for what this server does not take. */
export function refuseUnknown(body: MessagesBody, { rejects }: ServerTraits): void {
  if (rejects.includes('output_config') && body.output_config !== undefined)
    throw new StubError(400, 'output_config: Extra inputs are not permitted');
  if (rejects.includes('system_blocks') && Array.isArray(body.system))
    throw new StubError(400, 'system: Input should be a valid string');
}

/** Usage as this server tells it. */
export function toldUsage<Usage extends object>(usage: Usage, traits: ServerTraits): Usage {
  if (traits.cacheUsage) return usage;
  const told = { ...usage } as JsonObject;
  const cached =
    Number(told.cache_creation_input_tokens ?? 0) + Number(told.cache_read_input_tokens ?? 0);
  for (const name of ['cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation'])
    delete told[name];
  return { ...told, input_tokens: Number(told.input_tokens ?? 0) + cached } as Usage;
}

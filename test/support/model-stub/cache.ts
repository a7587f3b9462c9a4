/** Simulates prompt caching: prefixes of blocks up to a breakpoint, with a minimum size and a time to live. */
import { createHash } from 'node:crypto';
import { type InputUsage, isObject, type JsonObject, type MessagesBody } from './types.ts';
import { allBlocks } from './validate.ts';

const MINUTE = 60_000;
/** The API looks this many blocks back from a breakpoint for a prefix that is already cached. */
const LOOKBACK = 20;

/** Minimum cacheable prefix in tokens: one figure, or one by model with `default` for the others. */
export type CacheMinimum = number | Readonly<Record<string, number>>;

const DEFAULT_MINIMUM: CacheMinimum = { default: 1024 };

/** A rough count of tokens: one for every four bytes, at least one. */
export function estimateTokens(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}

interface Prefix {
  readonly key: string;
  /** Tokens of the prefix up to and including its last block. */
  readonly tokens: number;
  /** Time to live in milliseconds when a breakpoint stands here, otherwise 0. */
  readonly lifetime: number;
}

function lifetimeOf(control: unknown): number {
  if (!isObject(control)) return 0;
  return control.ttl === '1h' ? 60 * MINUTE : 5 * MINUTE;
}

function textOf(block: JsonObject): string {
  return typeof block.text === 'string' ? block.text : JSON.stringify(block);
}

/** The prefixes of a request, one for each block. */
function prefixesOf(body: MessagesBody): Prefix[] {
  // The model and the output format are part of the prefix: another schema empties the cache.
  let hash = createHash('sha256')
    .update(JSON.stringify([body.model, body.output_config?.format ?? null]))
    .digest('hex');
  let tokens = 0;
  const blocks = allBlocks(body);
  return blocks.map((block, index) => {
    const { cache_control: control, ...content } = block;
    hash = createHash('sha256').update(hash).update(JSON.stringify(content)).digest('hex');
    tokens += estimateTokens(textOf(content));
    const automatic = index === blocks.length - 1 ? lifetimeOf(body.cache_control) : 0;
    return { key: hash, tokens, lifetime: Math.max(lifetimeOf(control), automatic) };
  });
}

/** Input tokens of a whole request, cached or not. */
export function countInputTokens(body: MessagesBody): number {
  return prefixesOf(body).at(-1)?.tokens ?? 0;
}

/** Remembers the prefixes that were written and says what a request reads and writes. */
export class PrefixCache {
  /** When each prefix dies, in milliseconds since the epoch. */
  readonly #deaths = new Map<string, number>();
  readonly #minimum: CacheMinimum;
  readonly #now: () => number;

  constructor(minimum: CacheMinimum = DEFAULT_MINIMUM, now: () => number = Date.now) {
    this.#minimum = minimum;
    this.#now = now;
  }

  /** Forgets everything. */
  clear(): void {
    this.#deaths.clear();
  }

  #minimumOf(model: string): number {
    if (typeof this.#minimum === 'number') return this.#minimum;
    return this.#minimum[model] ?? this.#minimum.default ?? 1024;
  }

  /** The last prefix that is alive and within reach of a breakpoint, or null. */
  #longestHit(prefixes: readonly Prefix[], breakpoints: readonly number[]): Prefix | null {
    const now = this.#now();
    for (const end of [...breakpoints].reverse()) {
      for (let index = end; index >= 0 && index > end - LOOKBACK; index -= 1) {
        const prefix = prefixes[index];
        if (prefix !== undefined && (this.#deaths.get(prefix.key) ?? 0) > now) return prefix;
      }
    }
    return null;
  }

  /** Accounts for one request: reads what is cached, writes what a breakpoint asks for. */
  use(body: MessagesBody): InputUsage {
    const prefixes = prefixesOf(body);
    const total = prefixes.at(-1)?.tokens ?? 0;
    const minimum = this.#minimumOf(body.model ?? '');
    const breakpoints = prefixes.flatMap((prefix, index) =>
      prefix.lifetime > 0 && prefix.tokens >= minimum ? [index] : [],
    );
    const last = prefixes[breakpoints.at(-1) ?? -1];
    if (last === undefined) return usageOf(total, 0, 0, 0);
    const hit = this.#longestHit(prefixes, breakpoints);
    const read = hit?.tokens ?? 0;
    for (const index of breakpoints) {
      const prefix = prefixes[index];
      if (prefix !== undefined) this.#deaths.set(prefix.key, this.#now() + prefix.lifetime);
    }
    const written = Math.max(0, last.tokens - read);
    const longLived = last.lifetime > 5 * MINUTE ? written : 0;
    return usageOf(total - Math.max(read, last.tokens), read, written - longLived, longLived);
  }
}

function usageOf(input: number, read: number, written5m: number, written1h: number): InputUsage {
  return {
    input_tokens: input,
    cache_creation_input_tokens: written5m + written1h,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
  };
}

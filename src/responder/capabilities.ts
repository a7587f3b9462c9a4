/** What a model endpoint can do beyond plain messages: defaults by its kind, single ones overridable. */

export const endpointKinds = ['anthropic', 'llama.cpp', 'vllm', 'ollama', 'gateway'] as const;
export type EndpointKind = (typeof endpointKinds)[number];

export interface Capabilities {
  /** Enforces the form of an answer (`output_config.format`). */
  structured: boolean;
  /** Sends the answer while it is written. */
  streaming: boolean;
  /** Counts the tokens of a request without answering it. */
  countTokens: boolean;
  /** Keeps marked prefixes of requests (`cache_control`), and says what it read from them. */
  cacheUsage: boolean;
  /** Takes many requests at once, for half the price, and answers within a day. */
  batches: boolean;
  /** Takes the system text in blocks; one plain text otherwise. */
  systemBlocks: boolean;
}

const plain: Capabilities = {
  structured: false,
  streaming: true,
  countTokens: false,
  cacheUsage: false,
  batches: false,
  systemBlocks: false,
};

/** As their documentation and code of November 2026 say; docs/models.md has a configuration each. */
const byKind: Readonly<Record<EndpointKind, Capabilities>> = {
  anthropic: {
    structured: true,
    streaming: true,
    countTokens: true,
    cacheUsage: true,
    batches: true,
    systemBlocks: true,
  },
  // It keeps the last prompt of a slot by itself, marks or none, and ignores `output_config`.
  'llama.cpp': { ...plain, countTokens: true },
  vllm: { ...plain, structured: true, systemBlocks: true },
  ollama: plain,
  // What is behind it may be any of the others; what it rejects is given up at the first refusal.
  gateway: { ...plain, structured: true, cacheUsage: true, systemBlocks: true },
};

const ollamaPort = '11434';

/** The kind of an endpoint by its address alone. @param baseUrl null for Anthropic's own. */
export function kindByAddress(baseUrl: string | null): EndpointKind {
  if (baseUrl === null) return 'anthropic';
  const { hostname, port } = new URL(baseUrl);
  if (hostname === 'api.anthropic.com') return 'anthropic';
  return port === ollamaPort ? 'ollama' : 'gateway';
}

/** True for servers of one's own, whose tokens cost nothing. */
export function isLocal(kind: EndpointKind): boolean {
  return kind === 'llama.cpp' || kind === 'vllm' || kind === 'ollama';
}

/** Single capabilities as the settings have them; null or absent leaves one to the kind. */
export type CapabilityChoice = { readonly [Name in keyof Capabilities]?: boolean | null };

/** What an endpoint of that kind can do. @param chosen wins over what the kind says. */
export function capabilitiesOf(kind: EndpointKind, chosen: CapabilityChoice): Capabilities {
  const known = byKind[kind];
  return {
    structured: chosen.structured ?? known.structured,
    streaming: chosen.streaming ?? known.streaming,
    countTokens: chosen.countTokens ?? known.countTokens,
    cacheUsage: chosen.cacheUsage ?? known.cacheUsage,
    batches: chosen.batches ?? known.batches,
    systemBlocks: chosen.systemBlocks ?? known.systemBlocks,
  };
}

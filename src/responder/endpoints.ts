/** Endpoints: what is known of each model server while the program runs, shared by all who call it. */

import { Breaker } from './breaker.ts';
import {
  type Capabilities,
  type CapabilityChoice,
  capabilitiesOf,
  type EndpointKind,
  kindByAddress,
} from './capabilities.ts';
import { sha256 } from './digest.ts';

/** Where a model is, as settings name it. */
export interface EndpointSettings {
  /** Any server that speaks `/v1/messages`; null for Anthropic's own. */
  baseUrl: string | null;
  /** May be empty for a local server. */
  apiKey: string;
  kind: EndpointKind | 'auto';
  capabilities: CapabilityChoice;
}

export interface Endpoint {
  /** Host and port, for messages; never the user information an URL may carry. */
  readonly host: string;
  readonly kind: EndpointKind;
  /** `structured` is given up while we run, once the server has rejected it. */
  readonly capabilities: Capabilities;
  readonly breaker: Breaker;
}

/** Host and port of an endpoint; never the user information an URL may carry. */
export function endpointOf(baseUrl: string | null): string {
  return new URL(baseUrl ?? 'https://api.anthropic.com').host;
}

/** The kind of an endpoint: as set, or by its address. */
export function kindOf({ kind, baseUrl }: Pick<EndpointSettings, 'kind' | 'baseUrl'>) {
  return kind === 'auto' ? kindByAddress(baseUrl) : kind;
}

function openEndpoint(settings: EndpointSettings): Endpoint {
  const host = endpointOf(settings.baseUrl);
  const kind = kindOf(settings);
  const capabilities = capabilitiesOf(kind, settings.capabilities);
  return { host, kind, capabilities, breaker: new Breaker(host) };
}

/** The endpoints of one process. Other settings for the same server begin anew. */
export class Endpoints {
  readonly #opened = new Map<string, Endpoint>();

  of(settings: EndpointSettings): Endpoint {
    const { baseUrl, kind, capabilities, apiKey } = settings;
    const key = JSON.stringify([baseUrl, kind, capabilities, sha256(apiKey)]);
    const known = this.#opened.get(key) ?? openEndpoint(settings);
    this.#opened.set(key, known);
    return known;
  }
}

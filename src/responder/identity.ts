/** Names a responder by the hash of everything that shapes its drafts. */

import type { ResponderIdentity } from '../domain/responder.ts';
import { canonicalJson, sha256 } from './digest.ts';

/**
 * Completes an identity with its hash: SHA-256 over the canonical JSON of all its other fields.
 * One changed byte of prompt, policy or example gives another hash.
 */
export function identify(parts: Omit<ResponderIdentity, 'hash'>): ResponderIdentity {
  const { prompt, promptSha256, policySetSha256, examplesSha256, model, settings, system } = parts;
  const named = { prompt, promptSha256, policySetSha256, examplesSha256, model, settings, system };
  return { hash: sha256(canonicalJson(named)), ...named };
}

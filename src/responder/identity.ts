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

type Compared = Omit<ResponderIdentity, 'hash' | 'system'> & { systemSha256: string };

/**
 * What of a responder is no longer as it was when it drafted, in words; nothing when it would send
 * the same request for the same mail.
 */
export function changedParts(then: Compared, now: ResponderIdentity): string[] {
  const changed: string[] = [];
  const told = (name: string, before: unknown, after: unknown) => {
    if (before !== after) changed.push(`${name}: ${before ?? 'none'} -> ${after ?? 'none'}`);
  };
  told('prompt version', then.prompt, now.prompt);
  if (then.prompt === now.prompt && then.promptSha256 !== now.promptSha256)
    changed.push(`the text of prompt ${then.prompt}`);
  if (then.policySetSha256 !== now.policySetSha256) changed.push('the policies');
  if (then.examplesSha256 !== now.examplesSha256) changed.push('the examples');
  told('model', then.model, now.model);
  for (const key of new Set([...Object.keys(then.settings), ...Object.keys(now.settings)]))
    told(key, then.settings[key], now.settings[key]);
  // The shop's name stands in it, and this program lays it out.
  if (changed.length === 0 && then.systemSha256 !== sha256(now.system))
    changed.push('the static text that the parts are laid out in');
  return changed;
}

/** Names content by its SHA-256, so that one changed byte gives another name. */

import { createHash } from 'node:crypto';

/** SHA-256 as 64 hex digits; a string is hashed as UTF-8. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with object keys sorted, so that equal values always give equal bytes. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** The settings of order facts, complete: secrets found, paths absolute. */
import path from 'node:path';
import type * as z from 'zod';
import { ReplywrightError } from '../domain/errors.ts';
import type { contextSchema } from './context-schema.ts';
import { type Environment, requiredSecret } from './environment.ts';

type WrittenContext = z.output<typeof contextSchema>;

/** The meaning of each setting stands on its field in config/context-schema.ts. */
export interface SourceConfig {
  name: string;
  kind: 'order' | 'customer';
  key: string | null;
  owner: string;
  /** JSON pointers by the name of the fact. */
  facts: Readonly<Record<string, string>>;
  probe: string | null;
  place:
    | {
        kind: 'http';
        url: string;
        /** With their secret values. */
        headers: Readonly<Record<string, string>>;
        timeoutSeconds: number;
        cacheSeconds: number;
        privateHosts: readonly string[];
      }
    | { kind: 'file'; path: string };
}

export interface ContextConfig {
  orderNumbers: readonly string[];
  sources: readonly SourceConfig[];
}

/** Where nothing is configured: no order is known. */
export const noContext: ContextConfig = { orderNumbers: [], sources: [] };

function headerValue(name: string, environment: Environment): string {
  const value = requiredSecret(environment, name);
  // RFC 9110, section 5.5: what else could not be sent, or would be another header.
  if (/^[\t\x20-\x7e]+$/.test(value)) return value;
  // The value itself is a secret: it is not repeated.
  throw new ReplywrightError('config_invalid', {
    key: name,
    detail: 'expected the value of a header: one line of ASCII',
    file: 'the environment or .env',
  });
}

/**
 * Completes the settings of order facts.
 *
 * @param folder what relative paths start from.
 * @throws ReplywrightError `secret_missing` or `config_invalid` for the value of a header.
 */
export function completeContext(
  written: WrittenContext,
  { folder, environment }: { folder: string; environment: Environment },
): ContextConfig {
  const { orderNumbers, privateHosts } = written;
  const sources = written.sources.map(({ http, file, key, ...rest }): SourceConfig => {
    const source = { ...rest, key: key ?? null };
    if (http === undefined)
      return { ...source, place: { kind: 'file', path: path.resolve(folder, file ?? '') } };
    const headers = Object.fromEntries(
      Object.entries(http.headers).map(([header, secret]) => [
        header,
        headerValue(secret, environment),
      ]),
    );
    return { ...source, place: { ...http, kind: 'http', headers, privateHosts } };
  });
  return { orderNumbers, sources };
}

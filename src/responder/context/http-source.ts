/** A source that is a server: one GET an order or customer, its JSON read by pointers, held for a while. */

import { ReplywrightError } from '../../domain/errors.ts';
import { GetFailure, openGetter } from './http-get.ts';
import { type FoundRecord, foldedKey, readRecord, recordMap, textAt } from './record.ts';
import type { HttpPlace, Source, SourceQuery, SourceSettings } from './source.ts';

/** Answers that are held at once; the oldest gives way. */
const mostHeld = 500;

/** RFC 3986, section 2.2: also what `encodeURIComponent` leaves as it is. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The address that a query asks at.
 *
 * @param template with a host of its own: no variable can change it.
 */
export function urlFor(template: string, { key, address }: SourceQuery): URL {
  const url = new URL(
    template
      .replaceAll('{orderNumber}', () => percentEncoded(key))
      .replaceAll('{address}', () => percentEncoded(address)),
  );
  const { origin } = new URL(template.replaceAll(/\{\w+\}/g, 'x'));
  if (url.origin !== origin) throw new TypeError('a variable changed the host');
  return url;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GetFailure('its answer is no JSON');
  }
}

/** @param now the time in milliseconds, by which answers grow old. */
export function httpSource(
  settings: SourceSettings & { place: HttpPlace },
  now: () => number = Date.now,
): Source {
  const { name, kind, place } = settings;
  const map = recordMap(settings);
  const getter = openGetter(place);
  const held = new Map<string, { until: number; record: FoundRecord | null }>();

  function recordIn(text: string | null, key: string): FoundRecord | null {
    if (text === null) return null;
    const answer = parsed(text);
    // A search that finds what is only like the number has found another order.
    if (map.key !== null && foldedKey(textAt(answer, map.key) ?? '') !== foldedKey(key))
      return null;
    return readRecord(answer, map);
  }

  async function ask(query: SourceQuery, signal: AbortSignal): Promise<FoundRecord | null> {
    const late = AbortSignal.timeout(place.timeoutSeconds * 1000);
    try {
      const text = await getter.get(urlFor(place.url, query), AbortSignal.any([signal, late]));
      return recordIn(text, query.key);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const detail = late.aborted
        ? `it does not answer within ${place.timeoutSeconds} s`
        : error instanceof GetFailure
          ? error.message
          : null;
      if (detail === null) throw error;
      throw new ReplywrightError('order_source_failed', { source: name, detail }, { cause: error });
    }
  }

  return {
    name,
    kind,
    async look(query, signal) {
      const at = urlFor(place.url, query).href;
      const known = held.get(at);
      if (known !== undefined && known.until > now()) return known.record;
      held.delete(at);
      const record = await ask(query, signal);
      if (place.cacheSeconds > 0)
        held.set(at, { until: now() + place.cacheSeconds * 1000, record });
      const [oldest] = held.keys();
      if (held.size > mostHeld && oldest !== undefined) held.delete(oldest);
      return record;
    },
    async close() {
      getter.close();
    },
  };
}

/** Opens the sources of order facts that the settings describe. */

import { type OrderNumberPattern, orderNumberPattern } from '../../domain/order-number.ts';
import { fileSource } from './file-source.ts';
import { httpSource } from './http-source.ts';
import type { Source, SourceSettings } from './source.ts';

/** What facts are gathered from. */
export interface FactContext {
  patterns: readonly OrderNumberPattern[];
  sources: readonly Source[];
  close(): Promise<void>;
}

/** The settings, as src/config/context.ts completes them. */
export interface ContextSettings {
  orderNumbers: readonly string[];
  sources: readonly SourceSettings[];
}

/** One source; nothing is asked before the first look. */
export function openSource(settings: SourceSettings): Source {
  const { place } = settings;
  if (place.kind === 'http') return httpSource({ ...settings, place });
  return fileSource({ ...settings, place });
}

export function openContext({ orderNumbers, sources }: ContextSettings): FactContext {
  const opened = sources.map(openSource);
  return {
    patterns: orderNumbers.map(orderNumberPattern),
    sources: opened,
    async close() {
      await Promise.all(opened.map((source) => source.close()));
    },
  };
}

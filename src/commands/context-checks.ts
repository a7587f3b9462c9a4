/** The doctor's checks of order facts: each source is asked for its probe, each mailbox for its authservId. */

import type { SourceConfig } from '../config/context.ts';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { findOrderNumbers, orderNumberPattern } from '../domain/order-number.ts';
import { fileSource } from '../responder/context/file-source.ts';
import { openSource } from '../responder/context/open-context.ts';
import type { FoundRecord } from '../responder/context/record.ts';
import type { Check, Open } from './findings.ts';

function placeOf({ place }: SourceConfig): string {
  return place.kind === 'http' ? new URL(place.url).host : place.path;
}

/** Asks without a probe; a server has no question to be asked then. */
async function withoutProbe(source: SourceConfig, signal: AbortSignal): Promise<string | Open> {
  const mend = `Set \`probe\` of "${source.name}" to an ${source.kind === 'order' ? 'order number' : 'address'} that it knows.`;
  const { place } = source;
  if (place.kind === 'http') return { open: `${placeOf(source)}, not tried`, mend };
  const file = fileSource({ ...source, place });
  const count = await file.count(signal).finally(() => file.close());
  return { open: `${count} records in ${placeOf(source)}; none was looked at`, mend };
}

function judged(source: SourceConfig, probe: string, found: FoundRecord | null): string | Open {
  const { name, owner } = source;
  if (found === null)
    return {
      open: `${placeOf(source)} answers, and knows no ${source.kind} ${probe}`,
      mend: `Set \`probe\` of "${name}" to one that it knows; if it knows this one, correct \`key\` or the url.`,
    };
  if (found.owner === null) {
    const detail = `its record of the probe has no address at ${owner}, so nobody would be told anything`;
    throw new ReplywrightError('order_source_failed', { source: name, detail });
  }
  const told = found.facts.map((fact) => fact.name);
  const missing = Object.keys(source.facts).filter((fact) => !told.includes(fact));
  if (missing.length === 0) return `${placeOf(source)}: ${told.join(', ')}`;
  return {
    open: `${placeOf(source)} says nothing of ${missing.join(', ')}`,
    mend: `Look whether the pointers of "${name}" are right, or choose another probe.`,
  };
}

async function tried(source: SourceConfig, signal: AbortSignal): Promise<string | Open> {
  const { probe } = source;
  if (probe === null) return await withoutProbe(source, signal);
  const opened = openSource(source);
  const found = await opened
    .look({ key: probe, address: probe }, signal)
    .finally(() => opened.close());
  return judged(source, probe, found);
}

/** What keeps the numbers in mails from being looked up at all; null when nothing does. */
function numbersRemark({ orderNumbers, sources }: Config['context']): Open | null {
  const probes = sources.flatMap(({ kind, probe }) => (kind === 'order' ? [probe] : []));
  if (probes.length === 0) return null;
  if (orderNumbers.length === 0)
    return {
      open: 'no pattern says how they look, so none is looked up',
      mend: 'Set `context.orderNumbers`, for instance to ["#{4-6 digits}"].',
    };
  const patterns = orderNumbers.map(orderNumberPattern);
  const strange = probes.find(
    (probe) => probe !== null && findOrderNumbers(patterns, [probe])[0] !== probe,
  );
  if (strange === undefined) return null;
  return {
    open: `no pattern recognizes the probe ${strange} as it stands`,
    mend: 'Correct `context.orderNumbers`, or write the probe as the patterns do.',
  };
}

/** Without its server's word on senders a mailbox never gets facts. */
function trustCheck({ name, authservId }: Config['mailboxes'][number]): Check {
  return {
    name: `mailbox ${name}, order facts`,
    run: async () =>
      authservId === null
        ? {
            open: 'never given: nobody says whether a sender is who the mail says',
            mend: 'Set `authservId` of this mailbox; docs/mailboxes.md says how to find it ("Who a mail is from").',
          }
        : `given where ${authservId} vouches for the sender`,
  };
}

/** One check for each source, and what else order facts need; none where no source is configured. */
export function contextChecks({ context, mailboxes }: Config): Check[] {
  if (context.sources.length === 0) return [];
  const remark = numbersRemark(context);
  return [
    ...context.sources.map((source) => ({
      name: `order facts, ${source.name}`,
      run: (signal: AbortSignal) => tried(source, signal),
    })),
    ...(remark === null ? [] : [{ name: 'order numbers', run: async () => remark }]),
    ...mailboxes.map(trustCheck),
  ];
}

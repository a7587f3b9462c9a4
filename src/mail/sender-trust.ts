/** Sender trust: whether the sender's domain vouches for a mail, by the word of our own mail server. */

import { domainToASCII } from 'node:url';
import type { Address, SenderTrust } from '../domain/message.ts';
import { type MethodResult, parseAuthenticationResults } from './authentication-results.ts';

const maxBlockBytes = 256 * 1024;
const maxFields = 1000;

interface Field {
  name: string;
  value: string;
}

/**
 * The header fields of a mail in their order, which tells who wrote them. Latin-1: what counts
 * here is ASCII.
 */
export function headerFields(raw: Buffer): Field[] {
  const block = raw.subarray(0, maxBlockBytes).toString('latin1').replace(/\r\n?/g, '\n');
  const end = block.indexOf('\n\n');
  const unfolded = (end < 0 ? block : block.slice(0, end)).replace(/\n(?=[ \t])/g, '');
  return unfolded.split('\n', maxFields).flatMap((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    return name === '' ? [] : [{ name, value: line.slice(colon + 1) }];
  });
}

/**
 * The results of the server named `authservId`. Anybody can write such a field into a mail, so only
 * the topmost counts, and others of that server's where they stand above the first Received: all
 * that is there was added on our side (RFC 8601, section 5; RFC 5321, section 4.4).
 */
function resultsOf(fields: readonly Field[], authservId: string): MethodResult[] {
  const wanted = authservId.trim().toLowerCase();
  const firstHop = fields.findIndex(({ name }) => name === 'received');
  const found = fields.flatMap(({ name, value }, at) => {
    const parsed = name === 'authentication-results' ? parseAuthenticationResults(value) : null;
    return parsed?.authservId === wanted ? [{ at, methods: parsed.methods }] : [];
  });
  return found
    .filter(({ at }, index) => index === 0 || at < firstHop)
    .flatMap((each) => each.methods);
}

/** The domain of `local@domain`, `@domain` or `domain`, in ASCII and lower case. */
function domainOf(value: string): string {
  return domainToASCII(value.slice(value.lastIndexOf('@') + 1).replace(/\.$/, ''));
}

/**
 * True when `domain` may vouch for mail from `from`: it is the same, or one above it. Narrower than
 * RFC 7489, section 3.1, which also lets a subdomain vouch for its parent: without a list of public
 * suffixes, anybody with a shop on a platform's subdomain could vouch for the platform.
 */
function isAligned(domain: string, from: string): boolean {
  return domain === from || (domain.includes('.') && from.endsWith(`.${domain}`));
}

/** Where each method says for which domain it speaks, the most telling first. */
const speaksFor: Readonly<Record<string, readonly string[]>> = {
  dmarc: ['header.from'],
  dkim: ['header.d', 'header.i'],
  spf: ['smtp.mailfrom', 'smtp.mail'],
};

function domainSpokenFor({ method, properties }: MethodResult): string | null {
  const name = speaksFor[method]?.find((property) => properties.has(property));
  return name === undefined ? null : domainOf(properties.get(name) ?? '');
}

function judge(results: readonly MethodResult[], from: string): SenderTrust {
  const dmarc = results.find(
    (each) => each.method === 'dmarc' && [null, from].includes(domainSpokenFor(each)),
  );
  if (dmarc?.result === 'pass') return { result: 'pass', domain: from };
  if (dmarc?.result === 'fail') return { result: 'fail', domain: from };
  const checked = results.filter(({ method }) => method === 'dkim' || method === 'spf');
  for (const each of checked) {
    const domain = domainSpokenFor(each);
    if (each.result === 'pass' && domain !== null && isAligned(domain, from))
      return { result: 'pass', domain };
  }
  const failed = checked.some((each) => {
    const domain = domainSpokenFor(each);
    return each.result === 'fail' && (domain === null || isAligned(domain, from));
  });
  return failed ? { result: 'fail', domain: from } : { result: 'none', domain: null };
}

/**
 * Whether a mail's sender is who the mail says: `pass` when DMARC passed, or SPF or DKIM passed for
 * the domain in From; `fail` when they failed, or when there is more than one From, which shows
 * each program another sender (RFC 5322, section 3.6).
 *
 * @param fields of the mail, from `headerFields`.
 * @param authservId the name under which our mail server writes; null believes nobody.
 */
export function senderTrust(
  fields: readonly Field[],
  from: Address | null,
  authservId: string | null,
): SenderTrust {
  const domain = from === null ? '' : domainOf(from.address);
  const senders = fields.filter(({ name }) => name === 'from').length;
  if (senders > 1) return { result: 'fail', domain: domain === '' ? null : domain };
  if (authservId === null || domain === '') return { result: 'none', domain: null };
  return judge(resultsOf(fields, authservId), domain);
}

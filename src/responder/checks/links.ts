/** Check: links and addresses lead only to the shop, to domains in the policies, or to the customer. */

import { type Check, findingAt } from './check.ts';
import { ofPolicyTexts, unionOf } from './evidence.ts';

interface Link {
  start: number;
  end: number;
  /** Lower case; empty when there is none to trust, as in `javascript:`. */
  host: string;
  /** The address in lower case when it is one. */
  address: string | null;
}

/** Schemes that run or carry content instead of leading anywhere. */
const dangerous = /\b(?:(?:javascript|vbscript|file):|data:[a-z]{1,20}\/)\S+/giu;
/** Up to the next address: in `[a](https://a.example/)[b](https://b.example/)` stand two. */
const withScheme = /\b[a-z][a-z0-9+.-]{1,20}:\/\/(?:(?!https?:\/\/|mailto:)\S)+/giu;
const mailAddress = /[\p{L}\p{N}._%+-]{1,64}@((?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24})/giu;
/** `shop.example/path` without a scheme: mail programs make links of these too. */
const bareDomain =
  /(?<![\p{L}\p{N}@-])((?:[\p{L}\p{N}_-]{1,63}\.){1,8}(?:\p{L}{2,24}|xn--[a-z0-9-]{1,59}))(?![\p{L}\p{N}@-])(?:[/:?#]\S*)?/giu;
/** Signs that browsers take for the dot of a domain (UTS 46); between Latin letters they are nothing else. */
const otherDots = /(?<=[a-z0-9])[\u3002\uff0e\uff61\u2024\ufe52](?=[a-z])/gi;
/** Endings of file names, none of which is a top-level domain. */
const fileName = /\.(?:pdf|jpe?g|png|heic|gif|docx?|xlsx?|csv|txt)$/i;

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.toLowerCase().replace(/\.$/, '');
  } catch {
    return '';
  }
}

function trimmed(text: string): string {
  return text.replace(/[)\]}>.,;:!?'"”’»]+$/u, '');
}

/** Every link and address in a text, in order. */
function linksIn(text: string): Link[] {
  const found: Link[] = [];
  // Each kind blanks out what it found, so that a link's path is not read as another domain.
  let rest = text.replace(otherDots, '.');
  const collect = (
    pattern: RegExp,
    read: (match: RegExpMatchArray) => Omit<Link, 'start' | 'end'> | null,
  ) => {
    for (const match of [...rest.matchAll(pattern)]) {
      const link = read(match);
      if (!link) continue;
      const start = match.index ?? 0;
      const end = start + trimmed(match[0]).length;
      found.push({ start, end, ...link });
      rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
    }
  };
  collect(withScheme, ([url]) => ({ host: hostOf(trimmed(url)), address: null }));
  collect(dangerous, () => ({ host: '', address: null }));
  collect(mailAddress, ([address, host = '']) => ({
    host: host.toLowerCase(),
    address: trimmed(address).toLowerCase(),
  }));
  collect(bareDomain, ([, host = '']) => {
    const labels = host.split('.');
    // `9.Mai` and `1.a` are no domains: the name before the last dot has a letter.
    if (fileName.test(host) || !/\p{L}/u.test(labels.at(-2) ?? '')) return null;
    // Underscores may be emphasis around it.
    return { host: host.toLowerCase().replace(/^_+/, ''), address: null };
  });
  return found.sort((a, b) => a.start - b.start);
}

/** Domains that the policies name, in links or addresses. */
export const policyDomains = ofPolicyTexts(
  (text) => {
    // A policy may name only the domain part, as in "addresses that end in @shop.example".
    const suffixes = [...text.matchAll(/(?<![\p{L}\p{N}])@([\p{L}\p{N}.-]+\.\p{L}{2,})/gu)];
    const hosts = [
      ...linksIn(text).map(({ host }) => host),
      ...suffixes.map(([, host = '']) => host),
    ];
    return hosts.filter((host) => host !== '').map((host) => host.toLowerCase());
  },
  (hosts) => [...unionOf(hosts)].sort(),
);

export const linkCheck: Check = {
  name: 'links',
  inspect({ fields, input, policies, linkDomains }) {
    const domains = [...linkDomains, ...policyDomains(policies)].map((domain) =>
      domain.toLowerCase(),
    );
    const addresses = [input.customer.address, input.mailbox.address].map((address) =>
      address.toLowerCase(),
    );
    const isAllowed = ({ host, address }: Link) =>
      (address !== null && addresses.includes(address)) ||
      domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
    const foreign = linksIn(fields.reply).filter((link) => !isAllowed(link));
    return findingAt(foreign, (count) =>
      count === 1
        ? 'A link or address leads outside the shop.'
        : `${count} links or addresses lead outside the shop.`,
    );
  },
};

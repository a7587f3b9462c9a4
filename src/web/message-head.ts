/** The head of a message: who else it went to, where its writer wants answers, who vouches for it. */

import type { Address } from '../domain/message.ts';
import type { MessageView } from '../storage/messages.ts';

/** More names than this fill a page and say nothing. */
const mostNames = 10;

/** Addresses with their names, in one line. */
export function namesOf(addresses: readonly Address[]): string {
  const names = addresses.slice(0, mostNames).map(({ name, address }) => {
    return name === '' ? address : `${name} <${address}>`;
  });
  const more = addresses.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function line(label: string, addresses: readonly Address[]) {
  return addresses.length === 0 ? [] : [{ label, names: namesOf(addresses) }];
}

/** What the mail server found out about the sender, in words; null when it says nothing. */
function trustWords({ senderTrust, senderTrustDomain: domain }: MessageView) {
  switch (senderTrust) {
    case 'pass':
      return { tone: 'go', words: `Sender confirmed by ${domain}` };
    case 'fail':
      return {
        tone: 'stop',
        words: `This may not be from ${domain ?? 'its sender'}: the sender could not be confirmed. Give away nothing about an order or an account.`,
      };
    case 'none':
      return null;
  }
}

/**
 * The head of a message, as far as it says more than its writer's name.
 *
 * @param ownAddress of the mailbox, which goes without saying; null where it is not known.
 */
export function messageHead(message: MessageView, ownAddress: string | null) {
  const { direction, fromAddress, replyTo, formAddress, to, cc, state, stateReason } = message;
  if (direction === 'outbound') return { people: line('Cc', cc), trust: null, note: null };
  const same = (left: string, right: string | null) => left.toLowerCase() === right?.toLowerCase();
  const others = to.filter(({ address }) => ownAddress !== null && !same(address, ownAddress));
  const elsewhere = replyTo !== null && !same(replyTo.address, fromAddress) ? [replyTo] : [];
  const form = formAddress === null ? [] : [{ name: '', address: formAddress }];
  return {
    people: [
      ...line('Written through your form', form),
      ...line('To', others),
      ...line('Cc', cc),
      ...line('Answers wanted at', elsewhere),
    ],
    trust: trustWords(message),
    // In a conversation, what was filed without asking for an answer says why.
    note: state === 'automated' || state === 'blocked' ? stateReason : null,
  };
}

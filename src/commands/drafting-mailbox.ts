/** The mailbox that a draft outside the database is made for. */
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import type { DraftInput } from '../domain/responder.ts';

/**
 * The mailbox of that name, or the first; in the sandbox, one of the invented shop.
 *
 * @throws ReplywrightError `argument_invalid` when there is none of that name.
 */
export function draftingMailbox(config: Config, wanted?: string): DraftInput['mailbox'] {
  const shopName = config.shop.name;
  const mailbox = config.mailboxes.find(({ name }) => wanted === undefined || name === wanted);
  if (mailbox !== undefined) {
    const { name, address, signature, language } = mailbox;
    return { name, address, signature, language, shopName };
  }
  if (wanted === undefined)
    return { name: 'sandbox', address: 'support@shop.example', signature: shopName, shopName };
  const known = config.mailboxes.map(({ name }) => name).join(', ') || 'none';
  const detail = `There is no mailbox "${wanted}"; there is: ${known}`;
  throw new ReplywrightError('argument_invalid', { detail });
}

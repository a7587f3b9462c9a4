/** Chooses which responder drafts for a conversation, and which drafts silently beside it. */

import type { Responder } from '../domain/responder.ts';
import { type Draw, holderOf } from '../domain/rollout.ts';
import type { Log } from '../log.ts';
import { currentPlaces } from '../storage/rollouts.ts';
import type { Db } from '../storage/tables.ts';

/** The responders of the settings, by their names. */
export interface ResponderShelf {
  /**
   * The name of the mailbox's own responder.
   *
   * @throws ReplywrightError `mailbox_unconfigured`.
   */
  ownOf(mailbox: string): string;
  /** True when the settings name it. */
  has(name: string): boolean;
  /**
   * @throws ReplywrightError why nothing can be drafted by it: `responder_unknown`, or why it cannot
   *   be opened.
   */
  get(name: string): Responder;
}

export interface ChoosingParts {
  db: Db;
  log: Log;
  responders: ResponderShelf;
}

/** Read for every draft: a rollback holds from the next draft on, in whichever process it begins. */
async function drawn(
  { db, log, responders }: ChoosingParts,
  draw: Draw,
  mailbox: string,
  conversationId: number,
): Promise<string | null> {
  const name = holderOf(await currentPlaces(db, mailbox, draw), conversationId, draw);
  if (name === null || responders.has(name)) return name;
  log.warn('rollout_responder_missing', { mailbox, responder: name });
  return null;
}

/**
 * The name of the responder that drafts: by the mailbox's rollout, else by its settings.
 *
 * @throws ReplywrightError `mailbox_unconfigured`.
 */
export async function chooseResponder(
  parts: ChoosingParts,
  mailbox: string,
  conversationId: number,
): Promise<string> {
  const own = parts.responders.ownOf(mailbox);
  return (await drawn(parts, 'split', mailbox, conversationId)) ?? own;
}

/** The name of the responder that drafts silently beside `drafter`; null when none does. */
export async function chooseShadow(
  parts: ChoosingParts,
  mailbox: string,
  conversationId: number,
  drafter: string,
): Promise<string | null> {
  const name = await drawn(parts, 'shadow', mailbox, conversationId);
  return name === drafter ? null : name;
}

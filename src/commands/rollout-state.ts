/** What is in force for a mailbox: its own responder, the split, the shadow, and who changed it. */
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { didYouMean } from '../domain/nearest.ts';
import { type Draw, type Share, sharesOf } from '../domain/rollout.ts';
import { rolloutHistory } from '../storage/rollouts.ts';
import type { Db } from '../storage/tables.ts';
import { ownResponder } from './configured-responder.ts';

interface Change {
  kind: Draw;
  from: Share[];
  to: Share[];
  by: string;
  at: Date;
}

export interface RolloutState {
  mailbox: string;
  /** The responder of the settings. */
  own: string;
  /** Who drafts; none where the settings decide. */
  split: Share[];
  /** Who drafts silently. */
  shadow: Share[];
  /** Responders of the split or the shadow that the settings no longer name. */
  missing: string[];
  /** The latest changes, the newest first. */
  history: Change[];
}

/** So many changes are shown; all are kept. */
const shownChanges = 20;

/** The mailboxes of the settings; the sandbox has one of its own. */
export function knownMailboxes(config: Config): string[] {
  return config.sandbox ? ['sandbox'] : config.mailboxes.map(({ name }) => name);
}

/** @throws ReplywrightError `argument_invalid` when the settings have no such mailbox. */
export function checkMailbox(config: Config, name: string): void {
  const known = knownMailboxes(config);
  if (known.includes(name)) return;
  const detail = `There is no mailbox "${name}". ${didYouMean(name, known)}`.replace(/\.$/, '');
  throw new ReplywrightError('argument_invalid', { detail });
}

async function changesOf(db: Db, mailbox: string, kind: Draw): Promise<Change[]> {
  const entries = await rolloutHistory(db, mailbox, kind, shownChanges + 1);
  return entries.slice(0, shownChanges).map(({ places, setBy, setAt }, index) => ({
    kind,
    from: sharesOf(entries[index + 1]?.places ?? []),
    to: sharesOf(places),
    by: setBy,
    at: setAt,
  }));
}

/** The state of one mailbox. */
export async function rolloutState(db: Db, config: Config, mailbox: string): Promise<RolloutState> {
  const [splits, shadows] = await Promise.all([
    changesOf(db, mailbox, 'split'),
    changesOf(db, mailbox, 'shadow'),
  ]);
  const [split, shadow] = [splits[0]?.to ?? [], shadows[0]?.to ?? []];
  const known = new Set(config.responders.map(({ name }) => name));
  const named = new Set([...split, ...shadow].map(({ responder }) => responder));
  return {
    mailbox,
    own: ownResponder(config, mailbox),
    split,
    shadow,
    missing: [...named].filter((name) => !known.has(name)),
    history: [...splits, ...shadows].sort((a, b) => b.at.getTime() - a.at.getTime()),
  };
}

/** Shares in words. */
export function sharesText(shares: readonly Share[], none: string): string {
  if (shares.length === 0) return none;
  return shares.map(({ responder, percent }) => `${responder} ${percent} %`).join(', ');
}

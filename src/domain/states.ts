/**
 * The states of messages, drafts and deliveries, and the only legal ways between them.
 *
 * Storage enforces these tables: every change is a compare-and-set on the state that was read.
 */

/** `outbound` marks what we sent ourselves; it is never triaged. */
export type MessageState =
  | 'stored'
  | 'answerable'
  | 'automated'
  | 'blocked'
  | 'quarantined'
  | 'outbound';

export type DraftState =
  | 'queued'
  | 'drafting'
  | 'ready'
  | 'needs_person'
  | 'approved'
  | 'rejected'
  | 'stale'
  | 'failed';

export type DeliveryState =
  | 'held'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'refused'
  | 'uncertain'
  | 'cancelled';

type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

export const messageTransitions: Transitions<MessageState> = {
  stored: ['answerable', 'automated', 'blocked', 'quarantined'],
  // A person may call a mail answerable that the rules filed away.
  automated: ['answerable'],
  blocked: ['answerable'],
  // A newer parser may read what an older one could not.
  quarantined: ['stored'],
  answerable: [],
  outbound: [],
};

export const draftTransitions: Transitions<DraftState> = {
  queued: ['drafting', 'failed', 'stale'],
  drafting: ['queued', 'ready', 'needs_person', 'failed', 'stale'],
  ready: ['approved', 'rejected', 'stale'],
  needs_person: ['approved', 'rejected', 'stale'],
  failed: ['queued', 'approved', 'rejected', 'stale'],
  // Undo gives a decided draft back to the queue, or marks it stale when it is outdated by then.
  approved: ['ready', 'needs_person', 'failed', 'stale'],
  rejected: ['ready', 'needs_person', 'failed', 'stale'],
  stale: [],
};

export const deliveryTransitions: Transitions<DeliveryState> = {
  // Refused from here: what can never be sent, because no mail can be made of it.
  held: ['queued', 'cancelled', 'refused'],
  queued: ['sending', 'refused'],
  // Back to `queued` only when it is certain that the server took nothing.
  sending: ['sent', 'refused', 'uncertain', 'queued'],
  // A person looked, and either found it sent or asks for it to be sent again; or the attempt that
  // was given up too early reports after all.
  uncertain: ['sent', 'refused', 'queued'],
  refused: ['queued'],
  sent: [],
  cancelled: [],
};

/** Drafts that still want something from us or from a person; at most one a conversation. */
export const openDraftStates = [
  'queued',
  'drafting',
  'ready',
  'needs_person',
  'failed',
] as const satisfies readonly DraftState[];

/** Drafts that a person can decide on. */
export const decidableDraftStates = [
  'ready',
  'needs_person',
  'failed',
] as const satisfies readonly DraftState[];

export type DecidableDraftState = (typeof decidableDraftStates)[number];

/** True when `transitions` allows the step from `from` to `to`. */
export function isLegal<State extends string>(
  transitions: Transitions<State>,
  from: State,
  to: State,
): boolean {
  return transitions[from].includes(to);
}

/**
 * The states of messages, drafts, shadow drafts, deliveries and candidates, and the only legal ways between them.
 *
 * Storage enforces these tables: every change is a compare-and-set on the state that was read.
 */

/**
 * `outbound` marks what we sent ourselves; it is never triaged. What the Sent folder holds is a
 * `copy` of that, or was sent `elsewhere`: by a colleague, from another mail program. `imported`
 * mail is history in both directions; it is never work.
 */
export type MessageState =
  | 'stored'
  | 'answerable'
  | 'automated'
  | 'blocked'
  | 'quarantined'
  | 'done'
  | 'outbound'
  | 'elsewhere'
  | 'copy'
  | 'imported';

export type DraftState =
  | 'queued'
  | 'drafting'
  | 'ready'
  | 'needs_person'
  | 'approved'
  | 'rejected'
  | 'stale'
  | 'answered'
  | 'failed';

export type DeliveryState =
  | 'held'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'refused'
  | 'uncertain'
  | 'cancelled';

/** Of a draft that another responder makes beside the one that counts; it leads nowhere. */
export type ShadowState = 'queued' | 'drafting' | 'drafted' | 'failed';

export type CandidateState = 'offered' | 'accepted' | 'declined';

type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

export const messageTransitions: Transitions<MessageState> = {
  stored: ['answerable', 'automated', 'blocked', 'quarantined', 'elsewhere', 'copy'],
  // A person may call a mail answerable that the rules filed away.
  automated: ['answerable'],
  blocked: ['answerable'],
  // A newer parser may read what an older one could not; else a person reads it and deals with it.
  quarantined: ['stored', 'done'],
  done: ['quarantined'],
  answerable: [],
  outbound: [],
  elsewhere: [],
  copy: [],
  // A watched mailbox hands over what an import had read before: then it is work after all.
  imported: ['stored'],
};

export const draftTransitions: Transitions<DraftState> = {
  // Answered: a colleague's reply from another mail program was found in the Sent folder.
  queued: ['drafting', 'failed', 'stale', 'answered'],
  drafting: ['queued', 'ready', 'needs_person', 'failed', 'stale', 'answered'],
  ready: ['approved', 'rejected', 'stale', 'answered'],
  needs_person: ['approved', 'rejected', 'stale', 'answered'],
  failed: ['queued', 'approved', 'rejected', 'stale', 'answered'],
  // Undo gives a decided draft back to the queue, or marks it stale when it is outdated by then.
  approved: ['ready', 'needs_person', 'failed', 'stale'],
  rejected: ['ready', 'needs_person', 'failed', 'stale'],
  stale: [],
  // A person who wants to answer all the same gets another draft, which knows that answer.
  answered: ['stale'],
};

export const deliveryTransitions: Transitions<DeliveryState> = {
  // Refused from here: what can never be sent, because no mail can be made of it.
  held: ['queued', 'cancelled', 'refused'],
  // Cancelled from here: while it waited for the mail server, a colleague answered, or a person took
  // back what no server can have taken. Sent from here:
  // before it was sent again, the copy of an earlier attempt came to light in the Sent folder.
  queued: ['sending', 'refused', 'cancelled', 'sent'],
  // Back to `queued` only when it is certain that the server took nothing.
  sending: ['sent', 'refused', 'uncertain', 'queued'],
  // A person looked, and either found it sent or asks for it to be sent again; or the attempt that
  // was given up too early reports after all.
  uncertain: ['sent', 'refused', 'queued'],
  // A person has it sent again, or gives it up; its mail then waits for a person. Sent from here: an
  // attempt before the refused one may have been taken, and a person or the Sent folder says it was.
  refused: ['queued', 'cancelled', 'sent'],
  sent: [],
  cancelled: [],
};

/** None of these leads to a decision: nobody is asked about a shadow draft. */
export const shadowTransitions: Transitions<ShadowState> = {
  queued: ['drafting', 'failed'],
  drafting: ['queued', 'drafted', 'failed'],
  drafted: [],
  failed: [],
};

/** A person may think again about what is learned. */
export const candidateTransitions: Transitions<CandidateState> = {
  offered: ['accepted', 'declined'],
  accepted: ['offered'],
  declined: ['offered'],
};

/** Drafts that still want something from us or from a person; at most one a conversation. */
export const openDraftStates = [
  'queued',
  'drafting',
  'ready',
  'needs_person',
  'failed',
] as const satisfies readonly DraftState[];

/** Deliveries that are on their way, or that a person must look at. */
export const openDeliveryStates = [
  'held',
  'queued',
  'sending',
  'refused',
  'uncertain',
] as const satisfies readonly DeliveryState[];

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

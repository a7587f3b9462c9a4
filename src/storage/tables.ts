/**
 * The tables as TypeScript sees them; `migrations/` holds their definition.
 *
 * Longer than 300 lines because it is one list, and each table is read beside those it refers to.
 */

import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from 'kysely';
import type { Attachment } from '../domain/attachment.ts';
import type { Leaving } from '../domain/business-hours.ts';
import type { Origin, Reason, Verdict } from '../domain/decision.ts';
import type { EnclosedFile } from '../domain/enclosure.ts';
import type { FactSheet } from '../domain/facts.ts';
import type { FileFormat } from '../domain/file-format.ts';
import type { LabelName } from '../domain/labels.ts';
import type { Address, Cut, SenderTrust } from '../domain/message.ts';
import type {
  CallPurpose,
  CheckResult,
  Citation,
  ReplyFields,
  Urgency,
} from '../domain/responder.ts';
import type {
  CandidateState,
  DecidableDraftState,
  DeliveryState,
  DraftState,
  MessageState,
  ShadowState,
} from '../domain/states.ts';

/** Given by the database on insert, never changed afterwards. */
type Id = ColumnType<number, never, never>;
/** Defaults to the time of the transaction. */
type Timestamp = ColumnType<Date, Date | undefined, Date>;
type Json<T> = JSONColumnType<T & object>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface MailboxTable {
  id: Id;
  name: string;
  address: string;
  /** Account and folder that the mark belongs to. */
  source: Generated<string>;
  /** High-water mark: every uid up to this one is stored. Null before the first scan. */
  uidvalidity: number | null;
  uid: number | null;
  /** The same for the Sent folder, whose place `sent_source` names. */
  sent_source: Generated<string>;
  sent_uidvalidity: number | null;
  sent_uid: number | null;
  /** False once it is no longer in the settings; its mail stays. */
  watched: Generated<boolean>;
  lease_holder: string | null;
  lease_until: Date | null;
  /** Mail that the server received from here on is wanted, too, whatever the mark says. */
  wished_since: Date | null;
  // From here on: how it is doing; see storage/mailbox-health.ts.
  /** True from the lease of a poller until it gives it back in order. */
  polled: Generated<boolean>;
  contacted_at: Date | null;
  read_at: Date | null;
  next_look_at: Date | null;
  error_code: string | null;
  error_text: string | null;
  trouble_since: Date | null;
  waiting: Generated<number>;
  taking_done: number | null;
  taking_total: number | null;
}

export interface MessageTable {
  id: Id;
  mailbox_id: number;
  conversation_id: number | null;
  direction: 'inbound' | 'outbound';
  state: MessageState;
  state_reason: string | null;
  /** When a person last called it done, or took that back, and who. */
  handled_at: Date | null;
  handled_by: number | null;
  raw: Buffer;
  raw_sha256: string;
  /** What `raw` holds of a mail that was too large, and how large it was; null when it is whole. */
  cut_kept: Cut['kept'] | null;
  cut_size: number | null;
  uidvalidity: number | null;
  uid: number | null;
  received_at: Timestamp;
  changed_at: Timestamp;
  // From here on: what parsing found. Empty until the message is triaged.
  message_id: string | null;
  in_reply_to: string | null;
  reference_ids: Generated<string[]>;
  from_name: Generated<string>;
  from_address: string | null;
  reply_to: NullableJson<Address>;
  /** The contact form through which `from_address` wrote; null for a mail of its own. */
  form_address: string | null;
  recipients: Json<{ to: Address[]; cc: Address[] }>;
  subject: Generated<string>;
  sent_at: Date | null;
  text: Generated<string>;
  new_text: Generated<string>;
  html: string | null;
  attachments: Json<Attachment[]>;
  sender_trust: Generated<SenderTrust['result']>;
  /** The domain that vouches for the sender, or the one that does not; null when nobody said. */
  sender_trust_domain: string | null;
  /** Of a colleague's reply: the worst that reports say of it, until somebody has seen them. */
  unseen_report: 'failed' | 'complaint' | null;
}

export interface ConversationTable {
  id: Id;
  mailbox_id: number;
  customer_name: string;
  customer_address: string;
  subject: string;
  normalized_subject: string;
  /** Whom the customer brought in by To or Cc; in lower case. They may answer here too. */
  participants: Generated<string[]>;
  /** Where its messages are now; null while it stands for itself. */
  merged_into: number | null;
  last_message_id: number | null;
  last_message_at: Timestamp;
  created_at: Timestamp;
}

/** Texts kept once and named by their hash: the static part of requests. */
export interface ContentTable {
  sha256: string;
  body: string;
}

export interface ResponderTable {
  hash: string;
  prompt: string;
  prompt_sha256: string;
  policy_set_sha256: string;
  examples_sha256: string;
  model: string;
  settings: Json<Record<string, string | number | boolean | null>>;
  system_sha256: string;
  first_used_at: Timestamp;
}

export interface DraftTable {
  id: Id;
  conversation_id: number;
  /** The message it answers: the last one of the conversation when the draft was asked for. */
  message_id: number;
  state: DraftState;
  /** The colleague's mail that made it `answered`. */
  answered_by: number | null;
  /** How often drafting has begun; the number that began last may finish it. */
  attempt: Generated<number>;
  /** The name of the responder in the settings when it drafted; what it was says its hash. */
  responder: string | null;
  responder_hash: string | null;
  user_turn: string | null;
  /** Ids of the examples that stand in it, best first. */
  examples: Generated<string[]>;
  /** The draft before it was revised; null when it was not. */
  first: NullableJson<ReplyFields>;
  reply: string | null;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
  citations: Json<Citation[]>;
  missing: Json<string[]>;
  needs_person_reason: string | null;
  checks: Json<CheckResult[]>;
  /** What the shop's systems said, as the responder was told it; null until it is drafted. */
  facts: NullableJson<FactSheet>;
  input_tokens: number | null;
  cache_write_tokens: number | null;
  cache_read_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  latency_ms: number | null;
  request_id: string | null;
  error_code: string | null;
  error_text: string | null;
  created_at: Timestamp;
  changed_at: Timestamp;
}

/** The reply of an attempt as far as it is written; unlogged, because it is a sight and no record. */
export interface DraftPartialTable {
  draft_id: number;
  attempt: number;
  text: string;
}

/** A mail and its draft in a reviewer's language; never part of a reply. */
export interface TranslationTable {
  draft_id: number;
  language: string;
  mail: string;
  reply: string;
}

/** A label of a draft that a person corrected; see storage/labels.ts. */
export interface LabelCorrectionTable {
  id: Id;
  draft_id: number;
  message_id: number;
  /** Of the conversation when it was corrected. */
  mailbox_id: number;
  label: LabelName;
  from_value: string | null;
  to_value: string;
  account_id: number;
  at: Timestamp;
}

/** What another responder made of the same mail; see storage/shadow-drafts.ts. */
export interface ShadowDraftTable {
  id: Id;
  draft_id: number;
  /** The name of the responder in the settings. */
  responder: string;
  state: ShadowState;
  attempt: Generated<number>;
  /** The input of the draft, as JSON, until this is made or given up. */
  input: string | null;
  responder_hash: string | null;
  user_turn: string | null;
  /** Ids of the examples that stand in it, best first. */
  examples: Generated<string[]>;
  fields: NullableJson<ReplyFields>;
  first: NullableJson<ReplyFields>;
  checks: NullableJson<CheckResult[]>;
  input_tokens: number | null;
  cache_write_tokens: number | null;
  cache_read_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  latency_ms: number | null;
  request_id: string | null;
  error_code: string | null;
  error_text: string | null;
  created_at: Timestamp;
  changed_at: Timestamp;
}

/** One call to a model, for a draft or for a shadow draft; see storage/model-calls.ts. */
export interface ModelCallTable {
  id: Id;
  draft_id: number | null;
  shadow_draft_id: number | null;
  /** The attempt at the draft that it was made in, and its place among the calls of that attempt. */
  attempt: number;
  number: number;
  purpose: CallPurpose;
  responder_hash: string;
  /** Pieces, as JSON: what `content` holds stands there by its hash. */
  request: string;
  /** Of the request as it was sent. */
  request_sha256: string;
  /** As a JSON string: a model may answer with characters that no column holds. */
  answer: string;
  stop_reason: string | null;
  input_tokens: number;
  cache_write_tokens: number;
  cache_read_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  latency_ms: number;
  request_id: string | null;
  at: Timestamp;
}

/** Which responder drafts, or drafts silently, for which conversations; see storage/rollouts.ts. */
export interface RolloutTable {
  id: Id;
  mailbox: string;
  kind: 'split' | 'shadow';
  /** Names of responders by place; a conversation whose place has none is left to the settings. */
  places: string[];
  /** What going back leads to; null for what the settings say. */
  previous_id: number | null;
  set_by: string;
  set_at: Timestamp;
}

/** Mails that one order to a model's endpoint drafts; see storage/batches.ts. */
export interface BatchTable {
  id: Id;
  /** Its id at the endpoint; null until it is known to have been taken. */
  endpoint_id: string | null;
  /** Begins the custom ids of its requests, by which it is known again. */
  mark: string;
  /** The name in the settings of what drafts it; what it was says its hash. */
  responder: string;
  responder_hash: string;
  /** How often it was looked after; the job of that number goes on. */
  looks: Generated<number>;
  created_at: Timestamp;
  ended_at: Date | null;
}

/** One mail of a batch. */
export interface BatchItemTable {
  batch_id: number;
  draft_id: number;
  /** The attempt at the draft that this is. */
  attempt: number;
  request: string;
  user_turn: string;
  /** What the draft is made from, as JSON, until it is made or given up. */
  input: string | null;
  spend_id: number | null;
}

/** What the calls to models of one day (UTC, `YYYY-MM-DD`) have cost and may yet cost. */
export interface SpendDayTable {
  day: string;
  usd: number;
}

/** Money for one call to a model: its worst case, and what it cost once that is known. */
export interface SpendTable {
  id: Id;
  day: string;
  /** The mail that is answered. */
  message_id: number | null;
  usd: number;
  reserved_at: Timestamp;
  settled_at: Date | null;
}

export interface DecisionTable {
  id: Id;
  draft_id: number;
  account_id: number;
  verdict: Verdict;
  /** Where undo leads back to. */
  draft_state: DecidableDraftState;
  final_text: string | null;
  origin: Origin | null;
  reasons: Reason[];
  note: string | null;
  /** True when the person approved in spite of failed checks. */
  override: boolean;
  /** True when another draft was asked for with a rejection. */
  redraft: boolean;
  decided_at: Timestamp;
  undone_at: Date | null;
  undone_by: number | null;
}

/** A file that somebody attached to a reply; see storage/enclosures.ts. */
export interface EnclosureTable {
  id: Id;
  /** The message that the draft answered when it was attached. */
  message_id: number;
  /** Where that message is now. */
  conversation_id: number;
  account_id: number;
  /** What settled the reply that it belongs to; null while it belongs to the next one. */
  decision_id: number | null;
  filename: string;
  content_type: Generated<string>;
  /** What it is by its content, as `Attachment` has it. */
  format: ColumnType<FileFormat, FileFormat | undefined, FileFormat>;
  pixels: NullableJson<{ width: number; height: number }>;
  /** Both null until the whole file is here. */
  size: number | null;
  sha256: string | null;
  created_at: Timestamp;
  /** When its bytes were let go, because the mail that was sent holds them. */
  let_go_at: Date | null;
}

/** The bytes of an enclosure, in pieces numbered from 0. */
export interface EnclosurePieceTable {
  enclosure_id: number;
  number: number;
  bytes: Buffer;
}

export interface DeliveryTable {
  id: Id;
  decision_id: number;
  conversation_id: number;
  mailbox_id: number;
  /** The message it answers. */
  message_id: number;
  /** The outbound message it became, once sent. */
  sent_message_id: number | null;
  state: DeliveryState;
  /** The Message-ID header it carries, fixed before the first attempt. */
  header_message_id: string;
  recipient: Json<Address>;
  /** Who gets a copy, as the person who approved it chose. */
  copies: ColumnType<Address[], string | undefined, string>;
  hold_until: Date;
  /** What was chosen for the moment when it leaves, and the zone that this was meant in. */
  leaves: Generated<Leaving>;
  time_zone: string | null;
  /** The customer's mail that came while this waited for a chosen moment: it must not leave unseen. */
  overtaken_by: number | null;
  /** Of a queued one that failed before: when it is tried again. */
  next_try_at: Date | null;
  /** Of the one job that may go on with it; see `askToDeliver`. */
  ticket: Generated<number>;
  attempt: Generated<number>;
  envelope: NullableJson<{ from: string; to: string[] }>;
  /** The exact bytes handed to the server, kept before the first byte goes out. */
  bytes: Buffer | null;
  /** What the server said, or why it waits; of cancelled ones only those refused before have it. */
  answer: string | null;
  /** Recipients that the server refused while it took the mail for others. */
  not_taken: Generated<string[]>;
  /** A person had it sent again, though nobody knows whether the server took an earlier attempt. */
  perhaps_taken: Generated<boolean>;
  /** When it was last looked for in the Sent folder, as long as nobody knows whether it was sent. */
  sent_looked_at: Date | null;
  /** When the copy was put into the Sent folder. */
  sent_copy_at: Date | null;
  /** Why the last try to put it there failed. */
  sent_copy_trouble: string | null;
  /** The worst that reports say of it, until somebody has seen them; null when there is nothing. */
  unseen_report: 'failed' | 'complaint' | null;
  created_at: Timestamp;
  changed_at: Timestamp;
}

/** What a mail system said later about a delivery or a colleague's reply, one row a recipient and action. */
export interface DeliveryReportTable {
  delivery_id: number | null;
  /** The colleague's mail from another mail program, where it is about no delivery. */
  reply_id: number | null;
  /** Empty when the report does not say whose copy it is about. */
  recipient: string;
  action: 'failed' | 'delayed' | 'complaint';
  /** The mail that reports it; null where the server said so as it took the reply. */
  message_id: number | null;
  /** A code by RFC 3463; of a complaint its feedback type by RFC 5965. */
  status: string | null;
  diagnostic: string | null;
  created_at: Timestamp;
  /** When a person said to have seen it, and who. */
  seen_at: Date | null;
  seen_by: number | null;
}

/** Other names under which a mail server may have sent a delivery on. */
export interface ReportedIdTable {
  reported: string;
  delivery_id: number;
}

/** Messages that were moved from one conversation into another, by a person or by a late mail. */
export interface RegroupingTable {
  id: Id;
  kind: 'merge' | 'split';
  from_id: number;
  into_id: number;
  /** The messages that were moved. */
  message_ids: number[];
  /** Who took part in `into_id` before. */
  into_participants: string[];
  /** Null when a mail connected two conversations by itself. */
  account_id: number | null;
  created_at: Timestamp;
  undone_at: Date | null;
  undone_by: number | null;
}

export interface PairTable {
  id: Id;
  decision_id: number;
  responder_hash: string | null;
  system_sha256: string | null;
  user_turn: string;
  reply: string;
  origin: Origin;
  category: string | null;
  language: string | null;
  reasons: Reason[];
  /** What was sent with the reply: named, never kept. */
  attachments: ColumnType<EnclosedFile[], string | undefined, string>;
  /** Its mail belongs to an evaluation set: it serves as no example. */
  evaluation: Generated<boolean>;
  created_at: Timestamp;
}

/** What a colleague answered without us: a pair only once a person accepts it. */
export interface CandidateTable {
  id: Id;
  conversation_id: number;
  /** The customer's mail. */
  message_id: number;
  /** The colleague's reply to it. */
  reply_id: number;
  state: CandidateState;
  source: 'sent_folder' | 'import';
  origin: Generated<'human'>;
  /** Both texts as they were offered: what is accepted is what was seen. */
  customer_text: string;
  reply: string;
  decided_by: number | null;
  created_at: Timestamp;
  changed_at: Timestamp;
}

/** How far an import has read one of its sources. */
export interface ImportProgressTable {
  mailbox_id: number;
  /** What is read: the kind and the place of a file, a folder or an IMAP folder. */
  source: string;
  /** Tells the source from another one at the same place. */
  fingerprint: string;
  /** Everything up to here is stored; what it means is the source's own business. */
  position: string;
  changed_at: Timestamp;
}

export interface AccountTable {
  id: Id;
  name: string;
  password_hash: string | null;
  role: Generated<'agent' | 'lead' | 'admin'>;
  created_at: Timestamp;
}

export interface SessionTable {
  token_sha256: string;
  account_id: number;
  created_at: Timestamp;
  seen_at: Timestamp;
}

export interface LoginLinkTable {
  token_sha256: string;
  account_id: number;
  expires_at: Date;
  used_at: Date | null;
}

/** What logs a mailbox in, encrypted; see mailbox-tokens.ts. */
export interface MailboxTokenTable {
  mailbox: string;
  /** Counted up with every change. */
  version: Generated<number>;
  sealed: Buffer;
  /** Until then one process is getting the next token. */
  refreshing_until: Date | null;
  changed_at: Timestamp;
}

export interface Tables {
  mailbox: MailboxTable;
  message: MessageTable;
  conversation: ConversationTable;
  content: ContentTable;
  responder: ResponderTable;
  draft: DraftTable;
  translation: TranslationTable;
  draft_partial: DraftPartialTable;
  label_correction: LabelCorrectionTable;
  shadow_draft: ShadowDraftTable;
  model_call: ModelCallTable;
  rollout: RolloutTable;
  batch: BatchTable;
  batch_item: BatchItemTable;
  spend_day: SpendDayTable;
  spend: SpendTable;
  decision: DecisionTable;
  enclosure: EnclosureTable;
  enclosure_piece: EnclosurePieceTable;
  delivery: DeliveryTable;
  delivery_report: DeliveryReportTable;
  reported_id: ReportedIdTable;
  regrouping: RegroupingTable;
  pair: PairTable;
  candidate: CandidateTable;
  import_progress: ImportProgressTable;
  account: AccountTable;
  session: SessionTable;
  login_link: LoginLinkTable;
  mailbox_token: MailboxTokenTable;
}

/** The database, or a transaction in it: what every query takes first. */
export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

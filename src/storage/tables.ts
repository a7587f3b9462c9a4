/** The tables as TypeScript sees them; `migrations/` holds their definition. */

import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from 'kysely';
import type { Origin, Reason, Verdict } from '../domain/decision.ts';
import type { Address, Attachment } from '../domain/message.ts';
import type { CheckResult, Citation, Urgency } from '../domain/responder.ts';
import type {
  DecidableDraftState,
  DeliveryState,
  DraftState,
  MessageState,
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
  lease_holder: string | null;
  lease_until: Date | null;
  contacted_at: Date | null;
  error_code: string | null;
  error_text: string | null;
  error_at: Date | null;
}

export interface MessageTable {
  id: Id;
  mailbox_id: number;
  conversation_id: number | null;
  direction: 'inbound' | 'outbound';
  state: MessageState;
  state_reason: string | null;
  raw: Buffer;
  raw_sha256: string;
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
  recipients: Json<{ to: Address[]; cc: Address[] }>;
  subject: Generated<string>;
  sent_at: Date | null;
  text: Generated<string>;
  new_text: Generated<string>;
  html: string | null;
  attachments: Json<Attachment[]>;
}

export interface ConversationTable {
  id: Id;
  mailbox_id: number;
  customer_name: string;
  customer_address: string;
  subject: string;
  normalized_subject: string;
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
  /** How often drafting has begun; the number that began last may finish it. */
  attempt: Generated<number>;
  responder_hash: string | null;
  user_turn: string | null;
  reply: string | null;
  category: string | null;
  urgency: Urgency | null;
  language: string | null;
  citations: Json<Citation[]>;
  missing: Json<string[]>;
  needs_person_reason: string | null;
  checks: Json<CheckResult[]>;
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
  hold_until: Date;
  attempt: Generated<number>;
  envelope: NullableJson<{ from: string; to: string[] }>;
  /** The exact bytes handed to the server, kept before the first byte goes out. */
  bytes: Buffer | null;
  answer: string | null;
  /** When the copy was put into the Sent folder. */
  sent_copy_at: Date | null;
  created_at: Timestamp;
  changed_at: Timestamp;
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
  created_at: Timestamp;
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

export interface Tables {
  mailbox: MailboxTable;
  message: MessageTable;
  conversation: ConversationTable;
  content: ContentTable;
  responder: ResponderTable;
  draft: DraftTable;
  decision: DecisionTable;
  delivery: DeliveryTable;
  pair: PairTable;
  account: AccountTable;
  session: SessionTable;
  login_link: LoginLinkTable;
}

/** The database, or a transaction in it: what every query takes first. */
export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

/** A responder: what drafts. Its identity, what it is given, and what it gives back. */

import type { Address } from './message.ts';

/** A responder is named by the hash of everything that shapes its drafts. */
export interface ResponderIdentity {
  /** SHA-256 (hex) over all the fields below. */
  hash: string;
  /** Prompt version, `<prompt>/<version>`. */
  prompt: string;
  promptSha256: string;
  policySetSha256: string;
  examplesSha256: string;
  /** Model name as the endpoint knows it; `offline` for the offline responder. */
  model: string;
  /** Everything else that shapes the request: token limit, effort, endpoint. No secrets. */
  settings: Readonly<Record<string, string | number | boolean | null>>;
  /** The static system text, byte-identical from mail to mail. */
  system: string;
}

/** One message of a conversation as the responder sees it. */
export interface ConversationTurn {
  direction: 'inbound' | 'outbound';
  from: Address;
  date: Date;
  text: string;
  /** One line a file: name, kind by content, size. Their contents are not among what is told. */
  attachments: string[];
}

/** Everything about one mail that a draft is made from. */
export interface DraftInput {
  mailbox: {
    name: string;
    address: string;
    shopName: string;
    signature: string;
    /** ISO 639-1; the reply's where the mail's cannot be told. Null or absent: the responder decides. */
    language?: string | null;
  };
  now: Date;
  customer: Address;
  subject: string;
  /** Oldest first; the last one is the message to answer. */
  turns: ConversationTurn[];
  /** What earlier drafts at the same message were rejected for; newest last. */
  rejected: { reply: string; reasons: string[]; note: string | null }[];
}

export const urgencies = ['normal', 'urgent'] as const;
export type Urgency = (typeof urgencies)[number];

/** A claim in the reply and the policy text it rests on. */
export interface Citation {
  /** Section id, `<policy>#<section>`. */
  section: string;
  /** Verbatim text of that section. */
  quote: string;
}

/** The fields in which a responder answers. */
export interface ReplyFields {
  category: string;
  urgency: Urgency;
  /** ISO 639-1 code of the customer's language. */
  language: string;
  reply: string;
  citations: Citation[];
  /** What we would need to know to answer in full. */
  missing: string[];
  needsPerson: boolean;
  /** Why a person is needed; null when none is. */
  needsPersonReason: string | null;
}

/** The verdict of one check on one draft. */
export interface CheckResult {
  /** Name of the check, for instance `citations`. */
  check: string;
  passed: boolean;
  /** One sentence for the reviewer; empty when passed. */
  message: string;
  /** The very words of the reply that the verdict concerns, as UTF-16 offsets. */
  spans: { start: number; end: number }[];
}

/** Tokens as the endpoint counted them. Total input is the sum of the first three. */
export interface Usage {
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
}

export interface DraftResult {
  fields: ReplyFields;
  checks: CheckResult[];
  /** The user turn, byte for byte; with the responder's static text this is all the model saw. */
  userTurn: string;
  usage: Usage;
  /** US dollars at the price table's rates; null when the model has no known price. */
  costUsd: number | null;
  latencyMs: number;
  /** The endpoint's id of the request, for its support; null offline. */
  requestId: string | null;
}

/** Turns one mail into one draft. */
export interface Responder {
  readonly identity: ResponderIdentity;
  /**
   * Drafts a reply. Has no side effect and keeps no state between calls.
   *
   * @throws ReplywrightError with a `model_*` code when the model gave no usable answer.
   */
  draft(input: DraftInput, signal: AbortSignal): Promise<DraftResult>;
}

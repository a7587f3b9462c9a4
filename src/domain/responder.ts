/** A responder: what drafts. Its identity, what it is given, and what it gives back. */

import type { BatchDrafting } from './batch.ts';
import type { ReplywrightError } from './errors.ts';
import type { FactSheet } from './facts.ts';
import type { LabelledMail, Labels } from './labels.ts';
import type { Address, SenderTrust } from './message.ts';
import type { SpendGuard } from './spending.ts';

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
  /** Whether the domain of the sender of the message to answer vouches for it. */
  senderTrust: SenderTrust['result'];
  /** What the shop's systems say; already cut down to what this sender may be told. */
  facts: FactSheet;
  subject: string;
  /** Oldest first; the last one is the message to answer. */
  turns: ConversationTurn[];
  /** What earlier drafts at the same message were rejected for; newest last. */
  rejected: { reply: string; reasons: string[]; note: string | null }[];
  /** How colleagues labelled other customers' mails, the newest first; absent: nobody corrected any. */
  labelled?: readonly LabelledMail[];
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
  /**
   * `remark`: what a reviewer should know, though a good reply may well fail it; it never stands in
   * the way of an approval. Absent: a failure takes the one-click approval away.
   */
  severity?: 'remark';
  /** One sentence for the reviewer; empty when passed. */
  message: string;
  /** The very words of the reply that the verdict concerns, as UTF-16 offsets. */
  spans: { start: number; end: number }[];
}

/** True when the verdict takes the one-click approval away. */
export function blocksApproval({ passed, severity }: CheckResult): boolean {
  return !passed && severity !== 'remark';
}

/** Tokens as the endpoint counted them. Total input is the sum of the first three. */
export interface Usage {
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
}

export const noUsage: Usage = {
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
};

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** What a call to a model was made for. */
export const callPurposes = ['triage', 'draft', 'repair', 'critique', 'translation'] as const;
export type CallPurpose = (typeof callPurposes)[number];

/** One call to a model, with all that is needed to repeat it. */
export interface ModelCall {
  purpose: CallPurpose;
  /** The body of the request, byte for byte as it was sent. */
  request: string;
  /** The text of the answer; empty when it broke off before any. */
  answer: string;
  /** Why the model stopped, in the endpoint's word; null when it did not say. */
  stopReason: string | null;
  usage: Usage;
  /** US dollars; null when the model has no known price. */
  costUsd: number | null;
  latencyMs: number;
  /** The endpoint's id of the request, for its support; null when it sends none. */
  requestId: string | null;
}

export interface DraftResult {
  /** The draft as it is proposed; after a revision, the revised one. */
  fields: ReplyFields;
  /** The draft before it was revised; null when it was not. */
  first: ReplyFields | null;
  /** What drafted it, where that is another than the responder that was asked: a cheaper model. */
  draftedBy?: ResponderIdentity;
  checks: CheckResult[];
  /** The user turn, byte for byte; with the responder's static text this is all the model saw. */
  userTurn: string;
  /** Ids of the examples that stand in it, best first. */
  examples: readonly string[];
  /** Every call that was made for this draft, in their order; none offline. */
  calls: readonly ModelCall[];
  /** Of all calls together. */
  usage: Usage;
  /** US dollars at the price table's rates; null when the model has no known price. */
  costUsd: number | null;
  latencyMs: number;
  /** The endpoint's id of the request, for its support; null offline. */
  requestId: string | null;
}

/** What the one who wants a draft is told, and asked, while it is made. */
export interface DraftWatch {
  /** Told of every call that an answer began for, once it has ended; also when the draft fails. */
  onCall?(call: ModelCall): void;
  /** Told the reply as far as it is written, where the endpoint streams; a repair begins anew. */
  onText?(partial: string): void;
  /** Told how a first call sorts the mail, where a model is configured for that. */
  onLabels?(labels: Labels): void;
  /** Asked before every call; without it nothing limits what a draft costs. */
  spending?: SpendGuard;
}

/** What a reviewer wants to read in another language. */
export interface TranslationInput {
  mail: string;
  /** Empty where there is no draft. */
  reply: string;
  /** ISO 639-1. */
  language: string;
}

export type Translation = Pick<TranslationInput, 'mail' | 'reply'>;

/** Turns one mail into one draft. */
export interface Responder {
  readonly identity: ResponderIdentity;
  /** Who may draft in its place, as `draftedBy` says; absent or empty when nobody does. */
  readonly others?: readonly ResponderIdentity[];
  /** Drafts many mails at once; absent or null where the endpoint cannot, or more than one call is needed. */
  readonly batches?: BatchDrafting | null;
  /** What its examples are sorted into; absent where it has none. */
  readonly categories?: readonly string[];
  /** Why nothing can be drafted just now; absent or null when all is well. */
  trouble?(): ReplywrightError | null;
  /**
   * Drafts a reply. Has no side effect but what `watch` is told.
   *
   * @throws ReplywrightError with a `model_*` code when the model gave no usable answer, or
   *   `budget_*` when it may not be asked.
   */
  draft(input: DraftInput, signal: AbortSignal, watch?: DraftWatch): Promise<DraftResult>;
  /** Translates for a person; absent where nothing can. @throws as `draft` does. */
  translate?(
    input: TranslationInput,
    signal: AbortSignal,
    watch?: DraftWatch,
  ): Promise<Translation>;
}

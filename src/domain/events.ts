/** Events: what tells open pages, in any process, that something changed. */

export type ChangeEvent =
  | { kind: 'message'; messageId: number; conversationId: number | null }
  | { kind: 'draft'; draftId: number; conversationId: number; state: string }
  /** A model has written more of a reply. */
  | { kind: 'partial'; draftId: number; conversationId: number }
  /** Somebody had a mail and its draft translated. */
  | { kind: 'translation'; draftId: number; conversationId: number }
  /** A person corrected what a mail is labelled as. */
  | { kind: 'labels'; draftId: number; conversationId: number }
  | { kind: 'delivery'; deliveryId: number; conversationId: number; state: string }
  /** A sent reply became a pair: an example for the replies to come. */
  | { kind: 'pair'; pairId: number }
  /** More changed at once than can usefully be told apart. */
  | { kind: 'much' }
  | { kind: 'mailbox'; mailboxId: number }
  /** A person wants the mailbox looked at now; for whoever polls it. */
  | { kind: 'mailbox_check'; mailboxId: number };

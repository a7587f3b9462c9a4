/**
 * The `messages` format: one chat a line, as TRL, Axolotl, MLX, Together, Fireworks and OpenAI
 * read it for supervised fine-tuning.
 */

import type { EnclosedFile } from '../../domain/enclosure.ts';
import type { PairRecord } from '../../storage/pairs.ts';

export interface ChatRecord {
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
  /**
   * The files that were sent with the reply, where there were any: what it says of them cannot be
   * learned from its words. Their bytes are no training data.
   */
  attachments?: EnclosedFile[];
}

/** The chat of one pair: what the model saw, and the reply that a person approved. */
export function messagesRecord(pair: PairRecord): ChatRecord {
  const user = { role: 'user', content: pair.userTurn } as const;
  const assistant = { role: 'assistant', content: pair.reply } as const;
  const system = pair.system === null ? [] : [{ role: 'system', content: pair.system } as const];
  const { attachments = [] } = pair;
  return {
    messages: [...system, user, assistant],
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

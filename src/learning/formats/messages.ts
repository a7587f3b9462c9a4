/**
 * The `messages` format: one chat a line, as TRL, Axolotl, MLX, Together, Fireworks and OpenAI
 * read it for supervised fine-tuning.
 */

import type { PairRecord } from '../../storage/pairs.ts';

export interface ChatRecord {
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
}

/** The chat of one pair: what the model saw, and the reply that a person approved. */
export function messagesRecord(pair: PairRecord): ChatRecord {
  const user = { role: 'user', content: pair.userTurn } as const;
  const assistant = { role: 'assistant', content: pair.reply } as const;
  if (pair.system === null) return { messages: [user, assistant] };
  return { messages: [{ role: 'system', content: pair.system }, user, assistant] };
}

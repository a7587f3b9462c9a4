/** What the parts of a prompt or policy text weigh: its sections with their tokens. */

import { estimateTokens } from './token-estimate.ts';

export interface TextSection {
  /** The words of its heading; what stands above the first one has the name it was asked for. */
  name: string;
  /** Estimated. */
  tokens: number;
}

/** The sections of `text`, which begin at lines like `# HEADING`, in their order. */
export function sectionsOf(text: string, opening: string): TextSection[] {
  const parts = text.split(/^(?=# )/m).filter((part) => part.trim() !== '');
  return parts.map((part) => ({
    name: /^# (.*)/.exec(part)?.[1]?.trim() ?? opening,
    tokens: estimateTokens(part),
  }));
}

/** What is read of an answer, however odd the server that gives it. */

import { expect, test } from 'vitest';
import { messageSchema, nothingYet, readWhole } from '../../src/responder/model-stream.ts';

test.each([
  [
    { input_tokens: 12.4, output_tokens: 3 },
    { inputTokens: 12, outputTokens: 3 },
  ],
  [
    { input_tokens: -5, output_tokens: 1e15 },
    { inputTokens: 0, outputTokens: 2 ** 31 - 1 },
  ],
  [{ output_tokens: 7 }, { inputTokens: 0, outputTokens: 7 }],
])('tokens told as %j are counted as a column holds them', (usage, expected) => {
  const answer = nothingYet();
  const content = [{ type: 'text', text: 'yes' }];
  readWhole(messageSchema.parse({ content, usage }), answer);
  expect(answer.usage).toMatchObject(expected);
});

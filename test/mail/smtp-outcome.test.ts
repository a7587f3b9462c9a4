/** What a failed SMTP dialogue means, where the words of the answer decide: whether the size is to blame. */

import { expect, it } from 'vitest';
import { outcomeOfFailure } from '../../src/mail/smtp-outcome.ts';

it.each([
  [552, '552 5.3.4 Message size exceeds fixed limit', true],
  [552, '552 Message exceeds maximum size', true],
  [554, '554 5.3.4 too big', true],
  [550, '550 5.2.3 Message too large', true],
  [550, '550 Message size is too large', true],
  [552, '552 5.2.2 Mailbox full', false],
  [552, '552 Requested mail action aborted: quota exceeded', false],
  [550, '550 5.1.1 No such user', false],
  [452, '452 4.3.4 Not enough space for this size now', false],
])('%i, "%s"', (responseCode, response, tooLarge) => {
  const error = Object.assign(new Error(response), { responseCode, response, command: 'DATA' });
  const outcome = outcomeOfFailure(error, true, { host: 'mx.example' });
  expect(outcome).toMatchObject({ outcome: 'refused', tooLarge });
});

/** The bar of a long intake: drawn over itself on a terminal, and nowhere else. */

import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { barOf, takingBar } from '../../src/commands/taking-bar.ts';

it.each([
  [0, 0],
  [2_500, 14],
  [4_999, 27],
  [5_000, 28],
])('%i of 5,000 fill %i of 28 places', (done, full) => {
  const bar = barOf({ mailbox: 'support', done, total: 5_000 });
  expect(bar.match(/█/g)?.length ?? 0).toBe(full);
  expect(bar).toContain(`${done.toLocaleString('en-GB')} of 5,000 mails`);
});

/** What is written to standard error. */
function draw(isTTY: boolean): string {
  const err = Object.assign(new PassThrough(), { isTTY });
  const context = { cwd: '', env: {}, input: process.stdin, out: err, err, exitCode: 0 };
  const tell = takingBar(context);
  tell({ mailbox: 'support', done: 0, total: 2 });
  tell({ mailbox: 'support', done: 2, total: 2 });
  return err.read()?.toString() ?? '';
}

it('draws on a terminal only, and leaves the finished bar there', () => {
  expect(draw(false)).toBe('');
  expect(draw(true)).toMatch(/^\r[^\n]*0 of 2 mails\r[^\n]*2 of 2 mails\n$/);
});

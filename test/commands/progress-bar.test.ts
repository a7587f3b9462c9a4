/** The progress bar: how much, how fast, how long still; and silence where nobody looks. */
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Context } from '../../src/commands/context.ts';
import { openProgressBar, progressLine } from '../../src/commands/progress-bar.ts';

const half = { label: 'in.mbox', done: 50, total: 100, mails: 12_000, elapsedMs: 8_000 };

test.each([
  [half, '████████████░░░░░░░░░░░░  50 %  12,000 mails, 1,500/s, 0:08 left  in.mbox'],
  [
    { ...half, done: 1, elapsedMs: 60_000 },
    '░░░░░░░░░░░░░░░░░░░░░░░░   1 %  12,000 mails, 200/s, 1:39:00 left  in.mbox',
  ],
  [
    { ...half, done: 0, mails: 0, elapsedMs: 0 },
    '░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 mails, 0/s  in.mbox',
  ],
  [
    { ...half, done: 0, total: 0 },
    '████████████████████████ 100 %  12,000 mails, 1,500/s, 0:00 left  in.mbox',
  ],
])('%j', (progress, line) => {
  expect(progressLine(progress)).toBe(line);
});

function shown(isTTY: boolean): string {
  const err = Object.assign(new PassThrough(), { isTTY });
  const context: Context = {
    ...{ cwd: '/', env: {}, input: Readable.from([]), out: new PassThrough(), err, exitCode: 0 },
  };
  const bar = openProgressBar(context);
  bar.show(half);
  bar.clear();
  return String(err.read() ?? '');
}

test('it is shown on a terminal, cleared at the end, and nowhere else', () => {
  expect(shown(true)).toBe(`\u001b[G\u001b[K${progressLine(half)}\u001b[G\u001b[K`);
  expect(shown(false)).toBe('');
});

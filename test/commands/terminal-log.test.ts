/** The log at a terminal is calm where it can be; for programs it stays JSON. */

import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { terminalLog } from '../../src/commands/terminal-log.ts';
import { openLog } from '../../src/log.ts';

function written(isTTY: boolean): string[] {
  const lines: string[] = [];
  const err = Object.assign(
    new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) }),
    { isTTY },
  );
  const log = openLog('warn', terminalLog({ err }));
  log.warn('mail_quarantined', { messageId: 7, code: 'mail_unparsable' });
  log.warn('job_failed', { job: 'draft' });
  return lines;
}

test('a person reads a sentence, and JSON where a cause is looked for', () => {
  const [first, second] = written(true);
  expect(first).toBe(
    '  A mail cannot be read. It is kept as it came, and waits for you under Quarantined.\n',
  );
  expect(JSON.parse(second ?? '')).toMatchObject({ event: 'job_failed', job: 'draft' });
});

test('a program reads JSON alone', () => {
  expect(written(false).map((line) => JSON.parse(line).event)).toEqual([
    'mail_quarantined',
    'job_failed',
  ]);
});

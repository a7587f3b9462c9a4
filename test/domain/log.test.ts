/** The log: one JSON line an event, and nothing in it of what customers wrote or who they are. */

import { describe, expect, test } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { openLog } from '../../src/log.ts';

function recording(threshold: Parameters<typeof openLog>[0], base = {}) {
  const lines: string[] = [];
  return { lines, log: openLog(threshold, (line) => lines.push(line), base) };
}

/** The fields of the one line that an event with `fields` becomes. */
function logged(fields: Record<string, unknown>): Record<string, unknown> {
  const { lines, log } = recording('info');
  log.info('event', fields);
  const { time: _time, level: _level, event: _event, ...rest } = JSON.parse(lines.join(''));
  return rest;
}

describe('personal fields', () => {
  const personal = [
    ...['address', 'body', 'customer', 'email', 'from', 'html', 'name', 'password'],
    ...['raw', 'reply', 'subject', 'text', 'to', 'token'],
  ];
  test.each(personal)('%s is left out', (field) => {
    expect(logged({ [field]: 'Ana', messageId: 7 })).toEqual({
      [field]: '[personal]',
      messageId: 7,
    });
  });

  test('are left out of what a child adds to every line', () => {
    const { lines, log } = recording('info', { name: 'Ana' });
    log.child({ subject: 'Kettle', mailbox: 3 }).info('mail_stored', { to: 'x' });
    expect(lines.join()).not.toMatch(/Ana|Kettle|"x"/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ mailbox: 3, event: 'mail_stored' });
  });
});

describe('errors', () => {
  test('of ours are their code', () => {
    const error = new ReplywrightError('user_exists', { name: 'Ana' });
    expect(logged({ error })).toEqual({ error: { code: 'user_exists' } });
  });

  test('of others are told without their words, which may quote mail', () => {
    const cause = Object.assign(new TypeError('bad input: "Dear Ana"'), { code: '22P02' });
    const error = new ReplywrightError('unexpected', { detail: cause.message }, { cause });
    const { lines, log } = recording('info');
    log.warn('job_failed', { error });
    log.warn('job_failed', { error: cause });
    expect(lines.join()).not.toContain('Ana');
    expect(lines.join()).toContain('22P02');
    expect(lines.join()).toContain('log.test.ts');
  });

  test('whose words have several lines are told without any of them', () => {
    const error = new Error('bad input:\nDear Ana,\nyours');
    expect(JSON.stringify(logged({ error }))).not.toContain('Ana');
  });
});

test('a mistake in the settings names the setting and its line, and not what stands there', () => {
  const lines: string[] = [];
  const log = openLog('error', (line) => lines.push(line));
  const values = { key: 'mailboxes[0].imap.port', detail: 'found "s3cret"', file: '/x/a.yaml' };
  log.error('settings_not_applied', { error: new ReplywrightError('config_invalid', values) });
  const unknown = { key: 'zebra', line: 3, file: '/x/a.yaml', hint: 'None.' };
  log.error('settings_not_applied', { error: new ReplywrightError('config_unknown_key', unknown) });
  expect(lines.map((line) => JSON.parse(line).error)).toEqual([
    { code: 'config_invalid', key: 'mailboxes[0].imap.port' },
    { code: 'config_unknown_key', key: 'zebra', line: 3 },
  ]);
});

describe('lines', () => {
  test('are JSON with time, level and event, one a line', () => {
    const { lines, log } = recording('debug');
    log.debug('a');
    log.info('b', { n: 1 });
    log.warn('c');
    log.error('d', { text: 'two\nlines' });
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.map(({ level, event }) => [level, event])).toEqual([
      ...[
        ['debug', 'a'],
        ['info', 'b'],
        ['warn', 'c'],
        ['error', 'd'],
      ],
    ]);
    expect(parsed.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
  });

  test.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('from %s on are %i of four', (threshold, count) => {
    const { lines, log } = recording(threshold);
    const child = log.child({ a: 1 });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) child[level]('event');
    expect(lines).toHaveLength(count);
  });
});

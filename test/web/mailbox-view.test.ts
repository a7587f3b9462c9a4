/** What pages make of a mailbox's health: words, tone, and when it is an alarm. */

import { describe, expect, it } from 'vitest';
import type { MailboxHealth } from '../../src/storage/mailbox-health.ts';
import { alarmView, healthLine, isAlarming, mailboxCard } from '../../src/web/mailbox-view.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function health(changes: Partial<MailboxHealth> = {}): MailboxHealth {
  return {
    ...{ id: 1, name: 'support', address: 'help@shop.example', state: 'connected' },
    ...{ contactedAt: ago(1), readAt: ago(1), lagSeconds: 60, error: null, nextTryAt: null },
    ...{ waiting: 0, taking: null, lastMailAt: null },
    ...changes,
  };
}

const failed = (code: string, minutes = 1) => ({
  state: 'trouble' as const,
  error: { code, text: 'It went wrong.', since: ago(minutes) },
});

describe('an alarm', () => {
  it.each<[string, Partial<MailboxHealth>, boolean]>([
    ['all well', {}, false],
    ['a line that broke just now', failed('imap_unreachable'), false],
    ['silence', { ...failed('imap_unreachable', 20), contactedAt: ago(15) }, true],
    [
      'never heard of since the first try',
      { ...failed('imap_unreachable', 16), contactedAt: null },
      true,
    ],
    [
      'a first try that failed just now',
      { ...failed('imap_unreachable'), contactedAt: null },
      false,
    ],
    ['a refused password', failed('imap_credentials'), true],
    ['an untrusted certificate', failed('imap_certificate'), true],
    ['a folder that is not there', failed('imap_no_folder'), true],
    ['a mailbox not read yet', { state: 'never', contactedAt: null, readAt: null }, false],
    ['a process that is gone', { state: 'unwatched', contactedAt: ago(16) }, true],
    ['a process that was stopped long ago', { state: 'paused', contactedAt: ago(16) }, true],
    ['a stuck process that says all is well', { contactedAt: ago(16), nextTryAt: ago(14) }, true],
    ['a mailbox that is looked at rarely', { contactedAt: ago(16), nextTryAt: ago(-44) }, false],
  ])('%s', (_what, changes, alarming) => {
    const given = health(changes);
    expect(isAlarming(given, 15, now)).toBe(alarming);
    const alarm = alarmView([given], 15, now);
    expect(alarm.length).toBe(alarming ? 1 : 0);
    for (const { why } of alarm) expect(why).toMatch(/\.$/);
    expect(mailboxCard(given, 15, now).tone === 'stop').toBe(alarming);
  });
});

describe('the words', () => {
  it.each<[Partial<MailboxHealth>, string, string]>([
    [{}, 'live', 'go'],
    [{ taking: { done: 1_200, total: 5_000 } }, 'taking in 1,200 of 5,000', 'go'],
    [{ waiting: 2 }, 'live, 2 mails cannot be taken', 'look'],
    [{ state: 'never', contactedAt: null, readAt: null }, 'not read yet', 'look'],
    [failed('imap_unreachable'), 'not reachable', 'look'],
    [failed('imap_refused'), 'refused for now', 'look'],
    [failed('imap_credentials'), 'login refused', 'stop'],
    [{ state: 'unwatched' }, 'nobody watches it', 'look'],
    [{ state: 'paused' }, 'not watched now', 'look'],
  ])('%j', (changes, words, tone) => {
    expect(mailboxCard(health(changes), 15, now)).toMatchObject({ words, tone });
    expect(healthLine([health(changes)]).words).toBe(`support ${words}`);
  });

  it('of several mailboxes name those that are ill', () => {
    const two = [health(), health({ name: 'sales', ...failed('imap_unreachable') })];
    expect(healthLine([health(), health()])).toMatchObject({
      ill: false,
      words: '2 mailboxes live',
    });
    expect(healthLine(two)).toMatchObject({ ill: true, words: 'sales not reachable' });
    expect(healthLine([health(failed('imap_refused')), ...two]).words).toBe(
      'Trouble with support, sales',
    );
    expect(healthLine([]).words).toBe('0 mailboxes live');
  });
});

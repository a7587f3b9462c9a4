/** Wording: times, amounts and counts read as people say them. */

import { describe, expect, it } from 'vitest';
import { fileSize } from '../../src/domain/file-size.ts';
import {
  ago,
  clock,
  count,
  duration,
  elapsed,
  humanize,
  languageName,
  money,
  ordinal,
  zonedMoment,
} from '../../src/web/wording.ts';

const now = new Date(2026, 10, 22, 14, 30);
const before = (ms: number) => new Date(now.getTime() - ms);

describe('wording', () => {
  it('says how long ago', () => {
    expect(elapsed(before(20_000), now)).toBe('now');
    expect(elapsed(before(-5_000), now)).toBe('now');
    expect(elapsed(before(26 * 60_000), now)).toBe('26 min');
    expect(elapsed(before(3.5 * 3_600_000), now)).toBe('3 h');
    expect(elapsed(before(24 * 3_600_000), now)).toBe('1 day');
    expect(elapsed(before(72 * 3_600_000), now)).toBe('3 days');
  });

  it('says a moment as the clocks of a zone show it', () => {
    const at = new Date('2026-11-23T08:00:00Z');
    expect(zonedMoment(at, 'Europe/Berlin', now)).toBe('Mon 23 Nov, 09:00');
    expect(zonedMoment(at, 'Pacific/Auckland', now)).toBe('Mon 23 Nov, 21:00');
    const far = new Date('2027-01-01T00:30:00Z');
    expect(zonedMoment(far, 'UTC', now)).toBe('Fri 1 Jan 2027, 00:30');
  });

  it('says how long ago in a sentence', () => {
    expect(ago(before(20_000), now)).toBe('just now');
    expect(ago(before(26 * 60_000), now)).toBe('26 min ago');
  });

  it('says when', () => {
    expect(clock(new Date(2026, 10, 22, 9, 12), now)).toBe('today 09:12');
    expect(clock(new Date(2026, 10, 3, 14, 40), now)).toBe('3 Nov 14:40');
    expect(clock(new Date(2024, 10, 3), now)).toBe('3 Nov 2024');
  });

  it('says how much', () => {
    expect(count(1, 'check', 'checks')).toBe('1 check');
    expect(count(1_200, 'check', 'checks')).toBe('1,200 checks');
    expect(duration(840)).toBe('840 ms');
    expect(duration(1_900)).toBe('1.9 s');
    expect(money(0.0041)).toBe('$0.0041');
    expect(money(3.18)).toBe('$3.18');
    expect(fileSize(840)).toBe('840 B');
    expect(fileSize(12_400)).toBe('12 kB');
    expect(fileSize(3_400_000)).toBe('3.4 MB');
    expect([1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).join(' ')).toBe(
      '1st 2nd 3rd 4th 11th 12th 13th 21st 112th',
    );
  });

  it('names what code names', () => {
    expect(languageName('de')).toBe('German');
    expect(languageName('no language')).toBe('no language');
    expect(humanize('address_change')).toBe('Address change');
  });
});

/** Moments as people write them: days ago and dates, and nothing else. */

import { expect, it } from 'vitest';
import { sinceMoment } from '../../src/config/since.ts';

const now = new Date(2026, 10, 22, 12, 30);

it.each([
  ['7d', new Date(2026, 10, 15, 12, 30)],
  ['1d', new Date(2026, 10, 21, 12, 30)],
  ['2026-11-01', new Date(2026, 10, 1)],
  ['2024-02-29', new Date(2024, 1, 29)],
])('%s is a moment', (written, moment) => {
  expect(sinceMoment(written, now)).toEqual(moment);
});

it.each([
  '',
  'new',
  '0d',
  '7',
  '7 d',
  '-7d',
  '99999d',
  '2026-02-30',
  '2026-13-01',
  '2026-00-01',
  '1/2/26',
])('"%s" is none', (written) => {
  expect(sinceMoment(written, now)).toBeNull();
});

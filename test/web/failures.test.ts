/** Failures: every code of the catalogue has a status that fits, and a missing page is named. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../../src/domain/errors.ts';
import { statusOf } from '../../src/web/failures.ts';
import { type OpenDesk, openDesk } from './desk-fixture.ts';

describe('statusOf', () => {
  it('answers every code of the catalogue with an error status', () => {
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      expect(statusOf(code)).toBeGreaterThanOrEqual(400);
      expect(statusOf(code)).toBeLessThan(600);
    }
  });

  it.each([
    ['state_changed', 409],
    ['draft_stale', 409],
    ['draft_text_changed', 409],
    ['draft_checks_failed', 409],
    ['undo_too_late', 409],
    ['not_found', 404],
    ['cross_site', 403],
    ['login_failed', 401],
    ['too_many_attempts', 429],
    ['input_invalid', 400],
    ['database_unreachable', 503],
    ['unexpected', 500],
  ] as const)('%s is %i', (code, status) => {
    expect(statusOf(code)).toBe(status);
  });
});

describe('a page that there is not', () => {
  let desk: OpenDesk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk.drop());

  it('is named, as text, with a way to the queue', async () => {
    const html = await desk.visitor().text('/nowhere/<b>&amp;');
    expect(html).toContain('There is no page /nowhere/%3Cb%3E&amp;amp;.');
    expect(html).toContain('href="/"');
  });

  it('is cut where its name is longer than a line', async () => {
    const html = await desk.visitor().text(`/${'x'.repeat(500)}`);
    expect(html).toContain(`There is no page /${'x'.repeat(79)}….`);
    expect(html).not.toContain('x'.repeat(80));
  });
});

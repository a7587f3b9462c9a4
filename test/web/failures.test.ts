/** Failures: every code of the catalogue has a status that fits what happened. */

import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../../src/domain/errors.ts';
import { statusOf } from '../../src/web/failures.ts';

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

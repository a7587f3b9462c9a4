/** Runs all checks on a draft. */

import type { CheckResult } from '../domain/responder.ts';
import { amountCheck } from './checks/amounts.ts';
import { attachmentCheck } from './checks/attachments.ts';
import type { Check, CheckSubject } from './checks/check.ts';
import { citationCheck } from './checks/citations.ts';
import { emptyCheck, placeholderCheck } from './checks/content.ts';
import { linkCheck } from './checks/links.ts';
import { languageCheck } from './checks/reply-language.ts';

/** In the order in which the desk shows them. */
const allChecks: readonly Check[] = [
  emptyCheck,
  citationCheck,
  amountCheck,
  linkCheck,
  languageCheck,
  placeholderCheck,
  attachmentCheck,
];

/**
 * Runs `checks` on a draft. Never throws: a check that throws counts as failed, because a draft
 * nobody could inspect must not look inspected.
 */
export function runChecks(
  subject: CheckSubject,
  checks: readonly Check[] = allChecks,
): CheckResult[] {
  return checks.map(({ name, inspect }) => {
    try {
      const finding = inspect(subject);
      return { check: name, passed: finding === null, message: '', spans: [], ...finding };
    } catch {
      const message = 'This check could not be run; look at it yourself.';
      return { check: name, passed: false, message, spans: [] };
    }
  });
}

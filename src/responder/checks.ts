/** Runs all checks on a draft. */

import type { CheckResult, DraftInput, ReplyFields } from '../domain/responder.ts';
import { amountCheck, amountsIn } from './checks/amounts.ts';
import { missingCheck, questionCheck } from './checks/asking.ts';
import { attachmentCheck } from './checks/attachments.ts';
import type { Check, CheckSubject } from './checks/check.ts';
import { citationCheck } from './checks/citations.ts';
import { emptyCheck, placeholderCheck } from './checks/content.ts';
import { deadlineCheck } from './checks/deadlines.ts';
import { echoCheck } from './checks/echo.ts';
import { readPolicies } from './checks/evidence.ts';
import { groundingCheck } from './checks/grounding.ts';
import { instructedCheck } from './checks/instructed.ts';
import { leakCheck } from './checks/leaks.ts';
import { linkCheck } from './checks/links.ts';
import { markupCheck } from './checks/markup.ts';
import { momentsIn } from './checks/moments.ts';
import { nameCheck } from './checks/names.ts';
import { numberCheck } from './checks/numbers.ts';
import { periodsIn } from './checks/periods.ts';
import { promiseCheck, promisePatterns } from './checks/promises.ts';
import { languageCheck } from './checks/reply-language.ts';
import { toneCheck } from './checks/tone.ts';
import { type Example, pinnedExamples } from './examples.ts';
import { Breather } from './latent-space.ts';
import type { Material } from './material.ts';
import type { PolicySet } from './policies.ts';

/** In the order in which the desk shows them. */
const allChecks: readonly Check[] = [
  emptyCheck,
  leakCheck,
  citationCheck,
  amountCheck,
  deadlineCheck,
  promiseCheck,
  linkCheck,
  markupCheck,
  numberCheck,
  nameCheck,
  echoCheck,
  languageCheck,
  placeholderCheck,
  attachmentCheck,
  toneCheck,
  instructedCheck,
  groundingCheck,
  missingCheck,
  questionCheck,
];

/** What uses patterns of many languages; V8 compiles each when it is first used, and again the second time. */
const largePatterns: readonly ((text: string) => unknown)[] = [
  amountsIn,
  periodsIn,
  momentsIn,
  ...promisePatterns.map((pattern) => (text: string) => text.search(pattern)),
];

/**
 * Makes ready what the checks of a process need once, and of these policies once, a little at a time:
 * the first draft then checks as fast as any other, and nothing holds up the event loop.
 */
export async function prepareChecks(policies: PolicySet): Promise<void> {
  const rest = new Breather();
  for (const find of [...largePatterns, ...largePatterns]) {
    find('Within 3 days of Monday, 4 May we refund €5.00.');
    await rest.breathe();
  }
  await readPolicies(policies);
}

/**
 * Runs `checks` on a draft. Never throws: a check that throws counts as failed, whatever its
 * severity, because a draft nobody could inspect must not look inspected.
 */
export function runChecks(
  subject: CheckSubject,
  checks: readonly Check[] = allChecks,
): CheckResult[] {
  return checks.map(({ name, severity, inspect }) => {
    try {
      const finding = inspect(subject);
      const result = { check: name, passed: finding === null, message: '', spans: [], ...finding };
      return finding !== null && severity ? { ...result, severity } : result;
    } catch {
      const message = 'This check could not be run; look at it yourself.';
      return { check: name, passed: false, message, spans: [] };
    }
  });
}

/**
 * Runs all checks on a draft that a responder made from `material`.
 *
 * @param seen the examples that stood in the user turn.
 */
export function checkDraft(
  material: Material,
  fields: ReplyFields,
  input: DraftInput,
  seen: readonly Example[],
): CheckResult[] {
  const { policies, linkDomains, system, examples, prompt } = material;
  const [instructions] = system.blocks;
  const pinned = pinnedExamples(examples, prompt.frontMatter.examples.pinned);
  return runChecks({
    ...{ fields, input, policies, linkDomains, instructions },
    examples: [...pinned, ...seen],
  });
}

/** Runs one check on one draft over the fixture's policies. */

import type { CheckResult, DraftInput, ReplyFields } from '../../src/domain/responder.ts';
import type { CheckSubject } from '../../src/responder/checks/check.ts';
import { runChecks } from '../../src/responder/checks.ts';
import { fixturePolicies, mailInput, replyFields } from './fixture.ts';

/** The verdict of the check `name`. */
export function check(
  name: string,
  fields: Partial<ReplyFields>,
  input: Partial<DraftInput> = {},
  subject: Partial<CheckSubject> = {},
): CheckResult {
  const results = runChecks({
    fields: replyFields(fields),
    input: mailInput('Subject', 'Text of the mail', input),
    policies: fixturePolicies(),
    linkDomains: ['tomandann.example'],
    instructions: '',
    examples: [],
    ...subject,
  });
  const result = results.find((candidate) => candidate.check === name);
  if (!result) throw new Error(`no check ${name}`);
  return result;
}

/** The words of the reply that the check points at. */
export function pointed(
  name: string,
  reply: string,
  input: Partial<DraftInput> = {},
  subject: Partial<CheckSubject> = {},
): string[] {
  const { spans } = check(name, { reply }, input, subject);
  return spans.map(({ start, end }) => reply.slice(start, end));
}

/** The conversation of a customer who wrote `text`, after we wrote `ours`. */
export function turnsOf(text: string, ours: string | null = null): DraftInput['turns'] {
  const { turns } = mailInput('', text);
  const before =
    turns[0] && ours !== null ? [{ ...turns[0], direction: 'outbound' as const, text: ours }] : [];
  return [...before, ...turns];
}

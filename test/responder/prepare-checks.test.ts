/** Policies are read for the checks beforehand, in pieces, and say the same as when they are read at once. */

import { expect, test } from 'vitest';
import type { CheckSubject } from '../../src/responder/checks/check.ts';
import { prepareChecks, runChecks } from '../../src/responder/checks.ts';
import { type PolicySet, parsePolicy, policySet } from '../../src/responder/policies.ts';
import { mailInput, replyFields } from './fixture.ts';

/** Many sections, no two of which state the same. */
function manyPolicies(): PolicySet {
  const matters = ['refund', 'delivery', 'repair', 'voucher'];
  const sections = Array.from({ length: 200 }, (_, at) => {
    const matter = matters[at % matters.length];
    return `## The ${matter} ${at} {#s${at}}\nA ${matter} of kind ${at} costs €${at}.50 and takes ${at + 1} working days. Ask ${matter}-${at}@help${at}.example.`;
  });
  const text = `# All\n\n${sections.join('\n\n')}\n`;
  return policySet([{ policy: parsePolicy('all', text), bytes: Buffer.from(text) }]);
}

const subjectOf = (policies: PolicySet, reply: string): CheckSubject => ({
  ...{ policies, instructions: 'Answer.', linkDomains: [], examples: [] },
  fields: replyFields({ reply }),
  input: mailInput('Refund', 'When does my refund come?'),
});

test.each([
  'A refund of kind 4 takes 5 working days and costs €4.50.',
  'A refund of kind 4 takes 900 working days and costs €999.50.',
  'Ask at https://help7.example/now or at https://elsewhere.example/now.',
  'We guarantee your order RW-1234567 by Monday.',
])('%s', async (reply) => {
  const prepared = manyPolicies();
  await prepareChecks(prepared);
  expect(runChecks(subjectOf(prepared, reply))).toEqual(
    runChecks(subjectOf(manyPolicies(), reply)),
  );
});

test('others have their turn meanwhile', async () => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  for (let round = 0; round < 5; round += 1) await prepareChecks(manyPolicies());
  isDone = true;
  expect(turns).toBeGreaterThan(1);
});

/** Which policy sections stand in every request, and which come with a mail. */

import { describe, expect, test } from 'vitest';
import { userTurn } from '../../src/responder/assemble.ts';
import { type PolicySet, parsePolicy } from '../../src/responder/policies.ts';
import { PolicyIndex } from '../../src/responder/policy-index.ts';
import { mailInput } from './fixture.ts';

const shipping = `# Shipping

## Times {#times}
Parcels take three days.

## Costs {#costs}
Shipping costs nothing from 50 euros.
`;
const returns = `# Returns

## The period {#period}
You can send goods back within a month.

## Who pays the way back {#label}
We send a label.
`;
const tone = '# Tone\n\n## Greeting {#greeting}\nWe greet by name.\n';

const read = [
  parsePolicy('returns', returns),
  parsePolicy('shipping', shipping),
  parsePolicy('tone', tone),
];
const policies: PolicySet = {
  policies: read,
  sections: new Map(read.flatMap(({ sections }) => sections.map((each) => [each.id, each]))),
  sha256: '',
};

function ids(set: PolicySet): string[] {
  return set.policies.flatMap(({ sections }) => sections.map(({ id }) => id));
}

describe('within the budget', () => {
  const index = new PolicyIndex(policies, { budget: 1000, always: [], retrieved: 2 });

  test('all sections stand in the static text, and none comes with a mail', () => {
    expect(ids(index.fixed)).toEqual([...policies.sections.keys()]);
    expect(index.search({ subject: 'Returns', text: 'label' }, [])).toEqual([]);
  });
});

describe('above the budget', () => {
  const always = ['tone', 'shipping#costs'];
  const index = new PolicyIndex(policies, { budget: 10, always, retrieved: 2 });
  const found = (text: string, cited: string[] = []) => {
    const citations = cited.map((section) => ({ section, quote: '-' }));
    const evidence = cited.length > 0 ? [{ example: { citations }, score: 1 }] : [];
    return index.search({ subject: '', text }, evidence).map(({ id }) => id);
  };

  test('whole policies and single sections that always stand there do so', () => {
    expect(ids(index.fixed)).toEqual(['shipping#costs', 'tone#greeting']);
  });

  test('the checks still see all sections', () => {
    expect(index.fixed.sections.size).toBe(policies.sections.size);
  });

  test.each([
    ['How long do parcels take?', ['shipping#times']],
    ['Who pays when I send it back?', ['returns#period', 'returns#label']],
    ['Xylophone?', []],
  ])('%j gets what its words are about, in the order of the files', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test('what answers to similar mails cited comes, too', () => {
    expect(found('Xylophone?', ['shipping#times'])).toEqual(['shipping#times']);
  });

  test('what always stands there is not sent twice', () => {
    expect(found('What does shipping cost?', ['shipping#costs'])).not.toContain('shipping#costs');
  });
});

test('retrieved sections stand in the user turn under their ids', () => {
  const [section] = read.flatMap(({ sections }) => sections);
  const turn = userTurn(mailInput('s', 't'), [], section ? [section] : []);
  expect(turn).toContain('## [returns#period] The period\nYou can send goods back within a month.');
  expect(userTurn(mailInput('s', 't'), [])).not.toContain('MORE POLICIES');
});

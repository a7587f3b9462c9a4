/** Check, a remark: figures that stand in a policy rest on a cited section of it. */

import { amountsIn } from './amounts.ts';
import { type Check, findingAt, type Span } from './check.ts';
import { factTexts, ofPolicyTexts, unionOf } from './evidence.ts';
import { momentsIn } from './moments.ts';
import { periodsIn } from './periods.ts';

interface Figure extends Span {
  keys: string[];
}

function figuresIn(text: string): Figure[] {
  const amounts = amountsIn(text).map(({ start, end, unit, values }) => ({
    ...{ start, end },
    keys: values.map((value) => `${unit} ${value}`),
  }));
  return [...amounts, ...periodsIn(text), ...momentsIn(text)];
}

const keysIn = (texts: readonly string[]) =>
  new Set(texts.flatMap(figuresIn).flatMap(({ keys }) => keys));

const policyFigures = ofPolicyTexts((text) => keysIn([text]), unionOf);

/** A figure that no policy has is the matter of the other checks. */
export const groundingCheck: Check = {
  name: 'grounding',
  severity: 'remark',
  inspect({ fields, input, policies }) {
    const sections = [...policies.sections.values()];
    const isCited = new Set(fields.citations.map(({ section }) => section));
    const cited = keysIn(sections.filter(({ id }) => isCited.has(id)).map(({ text }) => text));
    const said = input.turns.map(({ text }) => text);
    const elsewhere = keysIn([...said, ...factTexts(input)]);
    const inPolicies = policyFigures(policies);
    const loose = figuresIn(fields.reply).filter(
      ({ keys }) =>
        keys.some((key) => inPolicies.has(key)) &&
        !keys.some((key) => cited.has(key) || elsewhere.has(key)),
    );
    const places = new Map(loose.map((figure) => [figure.start, figure]));
    return findingAt(
      [...places.values()].sort((a, b) => a.start - b.start),
      () => 'A figure stands in a policy that the draft does not cite.',
    );
  },
};

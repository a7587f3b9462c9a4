/** Examples are added, marked and removed in their file; everything else in it stays as it is. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type NewExample,
  withExample,
  withMarkings,
  withoutExample,
} from '../../src/responder/example-file.ts';
import { parseExamples } from '../../src/responder/examples.ts';

const file = `# Ours, read by Kim every Monday.

# ---- parcels
- id: late
  pinned: true # since May
  language: en
  category: shipping
  about: &late [[late, overdue]]
  mail: |
    Where is it?
  reply: Soon.

# ---- money
- id: late-too
  language: en
  category: shipping
  about: *late
  mail: "And mine?"
  reply: 'Soon, too.'
- {id: refund, language: en, category: refund, mail: Money?, reply: Yes.}
`;

const added: NewExample = {
  ...{ id: 'new', language: 'en', category: 'order', subject: 'Kettle: where?', tags: ['autumn'] },
  ...{ mail: 'Hello,\n\n  # is it here?\n', reply: 'Yes: "here".\nBest wishes', pinned: false },
  citations: [{ section: 'shipping#times', quote: 'Three days: always.' }],
};

const idsOf = (text: string | null) => parseExamples('x', text ?? '').map(({ id }) => id);

test('what is added stands at the end, in lines as they were written', () => {
  const text = withExample(file, added);
  expect(text.startsWith(file)).toBe(true);
  expect(text.slice(file.length)).toBe(`
- id: new
  language: en
  category: order
  subject: "Kettle: where?"
  tags: [autumn]
  mail: |
    Hello,

      # is it here?
  reply: |
    Yes: "here".
    Best wishes
  citations:
    - section: shipping#times
      quote: "Three days: always."
`);
});

test.each(['', '# nothing yet\n', '[]\n'])('the first one of a file: %j', (empty) => {
  expect(idsOf(withExample(empty, added))).toEqual(['new']);
});

test('any mail and reply come back as they were, but for control characters and outer blanks', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((one) => {
    return one.replace(/[^\P{Cc}\n\t]|\p{Cs}|[\u2028\u2029\uFEFF\uFFFE\uFFFF]/gu, '').trim() !== '';
  });
  const clean = (one: string) =>
    one
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]|\p{Cs}|[\u2028\u2029\uFEFF\uFFFE\uFFFF]/gu, '')
      .trim();
  fc.assert(
    fc.property(text, text, fc.string({ maxLength: 60 }), (mail, reply, subject) => {
      const written = withExample(file, { ...added, mail, reply, subject });
      const found = parseExamples('x', written).at(-1);
      expect(found).toMatchObject({ mail: clean(mail), reply: clean(reply), subject });
      expect(written.startsWith(file)).toBe(true);
    }),
  );
});

describe('marking', () => {
  test.each<[string, Parameters<typeof withMarkings>[2], string, string]>([
    ['late', { pinned: false }, '  pinned: true # since May\n', ''],
    ['late-too', { pinned: true }, '- id: late-too\n', '- id: late-too\n  pinned: true\n'],
    ['late-too', { tags: ['a', 'b'] }, '- id: late-too\n', '- id: late-too\n  tags: [a, b]\n'],
    ['refund', { evaluation: true }, '{id: refund, ', '{id: refund, evaluation: true, '],
  ])('of %s with %j changes nothing else', (id, markings, before, after) => {
    expect(withMarkings(file, id, markings)).toBe(file.replace(before, after));
  });

  test('of what is not there is told', () => {
    expect(withMarkings(file, 'other', { pinned: true })).toBeNull();
    expect(withoutExample(file, 'other')).toBeNull();
  });

  test('tags come and go', () => {
    const tagged = withMarkings(file, 'late-too', { tags: ['a'] }) ?? '';
    const more = withMarkings(tagged, 'late-too', { tags: ['a', 'mailbox:x'] }) ?? '';
    expect(more).toContain('  tags: [a, mailbox:x]\n');
    expect(withMarkings(more, 'late-too', { tags: [] })).toBe(file);
  });
});

describe('removing', () => {
  test('keeps comments, and words that others borrow', () => {
    const text = withoutExample(file, 'late') ?? '';
    expect(text).toContain('read by Kim every Monday');
    for (const comment of ['# ---- parcels', '# ---- money']) expect(text).toContain(comment);
    expect(text).not.toContain('Where is it?');
    expect(parseExamples('x', text)).toMatchObject([
      { id: 'late-too', about: [['late', 'overdue']] },
      { id: 'refund' },
    ]);
  });

  test('of the last one keeps the comment before it', () => {
    const text = withoutExample(
      '- {id: a, language: en, category: c, mail: m, reply: r}\n# hm\n- {id: b, language: en, category: c, mail: m, reply: r}\n',
      'b',
    );
    expect(text).toContain('# hm');
    expect(idsOf(text)).toEqual(['a']);
  });
});

/** What an approval amounts to, and which differences between two texts nobody can see. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { approvalOf, normalizeReply } from '../../src/domain/decision.ts';

describe('normalizeReply', () => {
  test.each([
    ['', ''],
    ['  \r\n\t ', ''],
    ['Dear Ana,\r\nyes.\r', 'Dear Ana,\nyes.'],
    ['a  \nb\t\n\nc', 'a\nb\n\nc'],
    ['cafe\u0301', 'caf\u00e9'],
    ['\u00a0a\u00a0', 'a'],
    ['  indented', 'indented'],
    ['a\n  b', 'a\n  b'],
    ['a  b', 'a  b'],
  ])('%j is %j', (text, normal) => {
    expect(normalizeReply(text)).toBe(normal);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\r', '\n', 'e\u0301'), maxLength: 30 }),
  );

  test('is the same when done twice', () => {
    fc.assert(
      fc.property(text, (given) => {
        const once = normalizeReply(given);
        return normalizeReply(once) === once;
      }),
    );
  });

  test('leaves no carriage return and no white space at the end of a line', () => {
    fc.assert(fc.property(text, (given) => !/\r|[ \t](?:\n|$)/.test(normalizeReply(given))));
  });

  test('sees no difference in line ends', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 10 })), (lines) => {
        const plain = lines.map((line) => line.replace(/[\r\n]/g, ''));
        return normalizeReply(plain.join('\r\n')) === normalizeReply(plain.join('\n'));
      }),
    );
  });
});

describe('approvalOf', () => {
  test.each([
    [null, 'By hand.', 'edited', 'human'],
    ['', 'By hand.', 'edited', 'human'],
    [' \n', 'By hand.', 'edited', 'human'],
    ['Yes.', 'Yes.', 'approved', 'verbatim'],
    ['Yes.\r\n', ' Yes.', 'approved', 'verbatim'],
    ['Yes.', 'No.', 'edited', 'edited'],
    ['Yes.', 'yes.', 'edited', 'edited'],
  ] as const)('%j approved as %j is %s, %s', (drafted, final, verdict, origin) => {
    expect(approvalOf(drafted, final)).toEqual({ verdict, origin });
  });

  test('is verbatim exactly when nobody can see a difference', () => {
    const words = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, words, (drafted, final) => {
        const { origin } = approvalOf(drafted, final);
        const same = normalizeReply(drafted) === normalizeReply(final);
        const none = normalizeReply(drafted) === '';
        expect(origin).toBe(none ? 'human' : same ? 'verbatim' : 'edited');
      }),
    );
  });
});

/** The scores of languages, against those of the package whose table they are from. */

import { eld } from 'eld/small';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { languageScores } from '../../src/responder/language-scores.ts';

/** As the package tells them: between 0 and 1, by language. */
function scaled(text: string): Record<string, number> {
  return Object.fromEntries(
    languageScores(text).map(({ language, score }) => [language, score / (score + 25)]),
  );
}

/** Exactly the same languages; the scores but for the last digits, since sums are taken in another order. */
function expectTheSame(text: string): void {
  const theirs = eld.detect(text).getScores();
  const ours = scaled(text);
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [language, score] of Object.entries(theirs))
    expect(ours[language]).toBeCloseTo(score, 9);
}

describe('scores are those of eld', () => {
  test.each([
    'Hi, my order has not arrived yet. When will it come?',
    'Wo bleibt mein Paket? Ich warte seit zwei Wochen.',
    "L'été dernier j'ai commandé une lampe, aujourd'hui elle est cassée.",
    'Rock ’n’ roll: don’t `quote` it, O’Neill said.',
    '荷物がまだ届きません。いつ届きますか？',
    'Хочу вернуть лампу, она сломана',
    'أين طردي؟ لم يصل بعد',
    '제 택배는 어디에 있나요?',
    'Bestellung 48102 😀 für 𝔉rau Müller-Lüdenscheidt',
    'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft und mehr',
    '我们上个星期在你们的网上商店订购了一个水壶可是到现在还没有收到请问什么时候能送到谢谢',
    `a bc ${'und noch viel mehr davon, '.repeat(100)}`,
    '48102',
    '',
  ])('%j', (text) => {
    expectTheSame(text);
  });

  test('whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.lorem(),
            fc.constantFrom('’', "'", ' ', 'ß', 'İ'),
          ),
        ),
        (pieces) => expectTheSame(pieces.join(' ')),
      ),
    );
  });
});

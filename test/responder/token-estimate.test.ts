/** The estimate of tokens stays near what public vocabularies count. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../src/responder/token-estimate.ts';

/** Sentences with the tokens that vocabularies of 100,000 and of 200,000 entries count for them. */
const counted: [language: string, text: string, tokens: [number, number]][] = [
  [
    'English',
    'The search takes up to 7 working days, and we write to you with the result.',
    [19, 19],
  ],
  [
    'German',
    'Bitte senden Sie uns die Bestellnummer und ein Foto des Schadens innerhalb von 14 Tagen nach der Zustellung.',
    [28, 24],
  ],
  [
    'French',
    'Veuillez nous envoyer le numéro de commande et une photo du défaut, nous vous répondons aussitôt.',
    [24, 21],
  ],
  [
    'Spanish',
    'Puede devolver cualquier artículo en un plazo de 30 días desde la entrega, sin dar ningún motivo.',
    [23, 20],
  ],
  [
    'Italian',
    'Il rimborso arriva sul conto entro 5 giorni lavorativi dalla data in cui lo abbiamo emesso.',
    [26, 22],
  ],
  [
    'Polish',
    'Proszę przesłać numer zamówienia, a sprawdzimy, gdzie znajduje się paczka, i od razu odpiszemy.',
    [35, 31],
  ],
  [
    'Russian',
    'Здравствуйте! Я заказал у вас чайник две недели назад, но посылка до сих пор не пришла.',
    [40, 24],
  ],
  ['Japanese', '先週、やかんを注文しましたが、まだ届いていません。', [25, 17]],
  ['Chinese', '您好，我上周在贵店订购了一把水壶，但到现在还没有收到。', [30, 21]],
  ['Arabic', 'مرحبا، طلبت غلاية منذ أسبوعين ولم تصل بعد. هل يمكنكم إخباري أين الطرد؟', [56, 25]],
  [
    'JSON',
    '{"category":"shipping","language":"en","citations":[{"section":"shipping#late","quote":"It takes 7 days."}]}',
    [29, 28],
  ],
];

describe('estimateTokens', () => {
  test.each(counted)('%s: within a third of what vocabularies count', (_, text, tokens) => {
    const [most, least] = tokens;
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(Math.floor(least * 0.67));
    expect(estimateTokens(text)).toBeLessThanOrEqual(Math.ceil(most * 1.33));
  });

  test('nothing is no tokens', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens(' ')).toBe(0);
  });

  test('a text is never more than its parts, nor less than either of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const whole = estimateTokens(`${left} ${right}`);
        expect(whole).toBeLessThanOrEqual(estimateTokens(left) + estimateTokens(right) + 1);
        expect(whole).toBeGreaterThanOrEqual(Math.max(estimateTokens(left), estimateTokens(right)));
      }),
    );
  });
});

/** Quoted text: what the customer newly wrote, in many languages, on hostile input too. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNewText } from '../../src/mail/quoted-text.ts';

const history = '> Dear customer,\n> your parcel is on its way.\n>\n> Kind regards';

describe('extractNewText', () => {
  it.each([
    ['English', 'On Tue, 3 Mar 2026 at 10:11, Shop <help@shop.example> wrote:'],
    [
      'English, wrapped',
      'On Tue, 3 Mar 2026 at 10:11, The Very Long Named Shop\n<help@shop.example> wrote:',
    ],
    ['German', 'Am 03.03.2026 um 10:11 schrieb Shop <help@shop.example>:'],
    ['German, name first', 'Shop <help@shop.example> schrieb am Di., 3. März 2026, 10:11:'],
    ['French', 'Le mar. 3 mars 2026 à 10:11, Shop <help@shop.example> a écrit :'],
    ['Spanish', 'El mar, 3 mar 2026 a las 10:11, Shop (<help@shop.example>) escribió:'],
    ['Italian', 'Il giorno mar 3 mar 2026 alle ore 10:11 Shop <help@shop.example> ha scritto:'],
    ['Polish', 'W dniu 03.03.2026 o 10:11, Shop <help@shop.example> pisze:'],
    ['Polish, Gmail', 'wt., 3 mar 2026 o 10:11 Shop <help@shop.example> napisał(a):'],
    ['Dutch', 'Op di 3 mrt 2026 om 10:11 schreef Shop <help@shop.example>:'],
    ['Portuguese', 'Em ter., 3 de mar. de 2026 às 10:11, Shop <help@shop.example> escreveu:'],
    ['Swedish', 'Den tis 3 mars 2026 kl 10:11 skrev Shop <help@shop.example>:'],
  ])('cuts the quotation below an attribution: %s', (_language, attribution) => {
    expect(extractNewText(`It has not come.\n\n${attribution}\n\n${history}\n`)).toBe(
      'It has not come.',
    );
    const unmarked = history.replaceAll(/^> ?/gm, '');
    expect(extractNewText(`It has not come.\n\n${attribution}\n\n${unmarked}`)).toBe(
      'It has not come.',
    );
  });

  it.each([
    ['From: Shop <a@b.example>\nSent: Tuesday\nTo: Ann\nSubject: Order'],
    ['Von: Shop <a@b.example>\nGesendet: Dienstag\nAn: Ann\nBetreff: Bestellung'],
    ['De : Shop <a@b.example>\nEnvoyé : mardi\nÀ : Ann\nObjet : Commande'],
    ['De: Shop <a@b.example>\nEnviado: martes\nPara: Ann\nAsunto: Pedido'],
    ['Da: Shop <a@b.example>\nInviato: martedì\nA: Ann\nOggetto: Ordine'],
    ['Od: Shop <a@b.example>\nWysłano: wtorek\nDo: Ann\nTemat: Zamówienie'],
    ['Van: Shop <a@b.example>\nVerzonden: dinsdag\nAan: Ann\nOnderwerp: Bestelling'],
  ])('cuts below the header of an earlier mail: %j', (header) => {
    const rest = 'Dear Ann,\nyour parcel is on its way.';
    expect(extractNewText(`It has not come.\n\n${header}\n\n${rest}`)).toBe('It has not come.');
    expect(
      extractNewText(`It has not come.\n________________________________\n${header}\n\n${rest}`),
    ).toBe('It has not come.');
  });

  it.each([
    '-----Original Message-----',
    '-----Ursprüngliche Nachricht-----',
    "-----Message d'origine-----",
  ])('cuts below %s', (mark) => {
    expect(extractNewText(`New.\n\n${mark}\nFrom: Shop\nOld.`)).toBe('New.');
  });

  it('keeps answers written between the quoted lines', () => {
    const text =
      'On 3 May 2026, Shop <a@b.example> wrote:\n> Which size?\nSize M.\n> Which colour?\nBlue.';
    expect(extractNewText(text)).toBe('Size M.\nBlue.');
  });

  it('keeps a forwarded mail', () => {
    const text =
      'Please see below.\n\n---------- Forwarded message ---------\nFrom: Courier <c@d.example>\nDate: x\nSubject: y\nTo: z\n\nParcel lost.';
    expect(extractNewText(text)).toBe(text);
  });

  it.each([
    'I wrote to you on Monday: nobody answered.',
    'Your colleague wrote: no refund.',
    'From: what I can see, the box was open.',
    'My order number:\n4711',
    '- one\n- two\n-----\nthree',
  ])('leaves ordinary talk alone: %j', (text) => {
    expect(extractNewText(text)).toBe(text);
  });

  it('gives the whole text back when all of it is quoted', () => {
    expect(extractNewText(history)).toBe(history);
  });

  it('is never blank when the text is not, never longer, and always bounded', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '> ',
        '>>> x',
        'On 3 May 2026, a@b.c wrote:',
        '-----Original Message-----',
        '_____',
      ),
      fc.constantFrom(
        'From: x@y.example',
        'Sent: y',
        'Subject: z',
        '-- ',
        'Kind regards',
        'Sent from my iPhone',
        'Begin forwarded message:',
        '\u0000',
        '\r',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const text = lines.join('\n');
        const fresh = extractNewText(text);
        expect(fresh.length).toBeLessThanOrEqual(text.length);
        if (text.trim() !== '') expect(fresh.trim()).not.toBe('');
        // Whatever is left out, nothing is made up and nothing is moved.
        const given = text.replaceAll(/\r\n?/g, '\n').split('\n');
        let from = 0;
        for (const line of fresh.split('\n').filter((one) => one.trim() !== '')) {
          const at = given.findIndex((one, index) => index >= from && one.trimEnd() === line);
          expect(at).toBeGreaterThanOrEqual(0);
          from = at + 1;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['quote marks', '> '.repeat(200_000)],
    ['quoted lines', '> x\n'.repeat(500_000)],
    ['underscores', `${'_'.repeat(200_000)}x`],
    ['dashes', '-'.repeat(200_000)],
    ['spaces', ' '.repeat(200_000)],
    ['empty lines', '\n'.repeat(500_000)],
    ['attributions', 'On 3 May a@b.c wrote\n'.repeat(100_000)],
    ['sender labels', 'From: x\n'.repeat(100_000)],
    ['separators', '--\n'.repeat(100_000)],
    ['drawn lines', '_____\nx@y.example\n'.repeat(50_000)],
    ['closings', 'Regards\n\n'.repeat(50_000)],
    ['mobile signatures', 'Sent from my phone\n'.repeat(20_000)],
    ['headers', 'From: x\nTo: y\n'.repeat(50_000)],
    ['lines that could be attributions', 'On 3 May x:\n'.repeat(20_000)],
    ['quotations that lost marks', `> ${'x'.repeat(70)}\ny\n`.repeat(5_000)],
    ['at signs', `On ${'@'.repeat(100_000)} wrote:`],
  ])('comes to an end, and to a bounded one, on 200,000 %s', (_what, text) => {
    expect(extractNewText(text).length).toBeLessThanOrEqual(64 * 1024);
  });
});

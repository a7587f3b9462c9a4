/** Quoted history in the words of many mail programs and languages: attributions, headers, marks. */

import { describe, expect, it } from 'vitest';
import { extractNewText } from '../../src/mail/quoted-text.ts';

const fresh = 'It has not come yet.\nPlease look.';
const history = 'Dear Ann,\nyour parcel is on its way.';
const quoted = history.replaceAll(/^/gm, '> ');

/** Of the default texts of mail programs; a name and an address, a date, or both. */
const attributions = [
  'Tuesday, March 3, 2026, 10:11:12 AM, you wrote:',
  '*On Tue, Mar 3, 2026 at 10:11 AM Shop <help@shop.example> wrote:*',
  'On Tue, Mar 3, 2026 at 10:11 AM Shop <help@shop.example> wrote:',
  'On Tuesday, March 3rd, 2026 at 10:11 AM, Shop <help@shop.example> wrote:',
  'On 03/03/2026 10:11, Shop wrote:',
  'On 3/3/26 10:11 AM, Shop wrote:',
  'On Tuesday, 3 March 2026, 10:11:12 GMT, Shop <help@shop.example> wrote:',
  'Shop wrote on 03/03/2026 10:11 AM:',
  'On Mar 3, 2026 10:11 AM, "Shop" <help@shop.example> wrote:',
  'Am Di., 3. März 2026 um 10:11 Uhr schrieb Shop <help@shop.example>:',
  'Am Dienstag, 3. März 2026 um 10:11:12 MEZ hat Shop <help@shop.example> Folgendes geschrieben:',
  'Shop <help@shop.example> hat am 3. März 2026 um 10:11 geschrieben:',
  'Shop <help@shop.example> hat am 03.03.2026 10:11 CET geschrieben:',
  'Am 3. März 2026 10:11:12 MEZ schrieb Shop <help@shop.example>:',
  'Le mar. 3 mars 2026 à 10:11, Shop <help@shop.example> a écrit :',
  'Le 03/03/2026 à 10:11, Shop a écrit :',
  'Le mardi 3 mars 2026 à 10:11:12 UTC+1, Shop <help@shop.example> a écrit :',
  'El mar, 3 mar 2026 a las 10:11, Shop (<help@shop.example>) escribió:',
  'El martes, 3 de marzo de 2026, 10:11:12 CET, Shop <help@shop.example> escribió:',
  'El 3/3/26 a las 10:11, Shop escribió:',
  'El 3 de marzo de 2026 10:11:12 CET, Shop <help@shop.example> escribió:',
  'Il giorno mar 3 mar 2026 alle ore 10:11 Shop <help@shop.example> ha scritto:',
  'Il 03/03/2026 10:11, Shop ha scritto:',
  'Il martedì 3 marzo 2026 alle ore 10:11:12 CET, Shop <help@shop.example> ha scritto:',
  'Em ter., 3 de mar. de 2026 às 10:11, Shop <help@shop.example> escreveu:',
  'Em terça-feira, 3 de março de 2026, Shop <help@shop.example> escreveu:',
  'Em 03/03/2026 10:11, Shop escreveu:',
  'Shop <help@shop.example> escreveu no dia terça, 3/03/2026 à(s) 10:11:',
  'A terça, 3/03/2026, 10:11, Shop <help@shop.example> escreveu:',
  'Op di 3 mrt 2026 om 10:11 schreef Shop <help@shop.example>:',
  'Op 3-3-2026 om 10:11 schreef Shop:',
  'Op 3 mrt 2026, om 10:11 heeft Shop <help@shop.example> het volgende geschreven:',
  'Op dinsdag 3 maart 2026 om 10:11:12 CET schreef Shop <help@shop.example>:',
  'wt., 3 mar 2026 o 10:11 Shop <help@shop.example> napisał(a):',
  'W dniu 3.03.2026 o 10:11, Shop pisze:',
  'W dniu 2026-03-03 10:11, Shop napisał(a):',
  'Dnia 3 marca 2026 10:11 Shop <help@shop.example> napisał(a):',
  'Wiadomość napisana przez Shop <help@shop.example> w dniu 03.03.2026, o godz. 10:11:',
  'W dniu wtorek, 3 marca 2026 10:11:12 CET użytkownik Shop <help@shop.example> napisał:',
  'Den tis 3 mars 2026 kl 10:11 skrev Shop <help@shop.example>:',
  'Den 2026-03-03 kl. 10:11, skrev Shop:',
  '3 mars 2026 kl. 10:11 skrev Shop <help@shop.example>:',
  'tirs. 3. mar. 2026 kl. 10.11 skrev Shop <help@shop.example>:',
  'Den 03.03.2026 10:11, skrev Shop:',
  'Den 3. mar. 2026 kl. 10.11 skrev Shop <help@shop.example>:',
  'tir. 3. mar. 2026 kl. 10.11 skrev Shop <help@shop.example>:',
  'ti 3. maalisk. 2026 klo 10.11 Shop (help@shop.example) kirjoitti:',
  'Shop kirjoitti 3.3.2026 klo 10.11:',
  'út 3. 3. 2026 v 10:11 odesílatel Shop <help@shop.example> napsal:',
  'Dne 03. 03. 26 v 10:11 Shop napsal(a):',
  'ut 3. 3. 2026 o 10:11 Shop <help@shop.example> napísal(a):',
  'Dňa 3. 3. 2026 o 10:11 Shop napísal(a):',
  '3. 3. 2026 v 10:11, Shop <help@shop.example>:',
  'Shop <help@shop.example> ezt írta (időpont: 2026. márc. 3., K, 10:11):',
  '2026. 03. 03. 10:11 keltezéssel, Shop írta:',
  'În mar., 3 mar. 2026 la 10:11, Shop <help@shop.example> a scris:',
  'Pe 3 mar. 2026, la 10:11, Shop <help@shop.example> a scris:',
  'вт, 3 мар. 2026 г. в 10:11, Shop <help@shop.example>:',
  '03.03.2026 10:11, Shop пишет:',
  '3 марта 2026 г., в 10:11, Shop <help@shop.example> написал(а):',
  'вторник, 3 марта 2026 г. пользователь Shop <help@shop.example> написал:',
  'Вторник, 3 марта 2026, 10:11 +03:00 от Shop <help@shop.example>:',
  '03.03.2026, 10:11, "Shop" <help@shop.example>:',
  'вт, 3 бер. 2026 р. о 10:11 Shop <help@shop.example> пише:',
  'вівторок, 3 березня 2026 р. користувач Shop <help@shop.example> написав:',
  'На вт, 3.03.2026 г. в 10:11 ч. Shop <help@shop.example> написа:',
  'Στις Τρί 3 Μαρ 2026 στις 10:11 π.μ., ο/η Shop <help@shop.example> έγραψε:',
  'Shop <help@shop.example>, 3 Mar 2026 Sal, 10:11 tarihinde şunu yazdı:',
  'uto, 3. ožu 2026. u 10:11 Shop <help@shop.example> napisao je:',
  'V V tor., 3. mar. 2026 ob 10:11 je oseba Shop <help@shop.example> napisala:',
  'Kuupäev T, 3. märts 2026 kell 10:11 kirjutas kasutaja Shop (<help@shop.example>):',
  '2026-03-03, an, 10:11 Shop <help@shop.example> rašė:',
  'otrd., 2026. g. 3. marts, plkst. 10:11 — lietotājs Shop (<help@shop.example>) rakstīja:',
  '2026年3月3日(火) 10:11 Shop <help@shop.example>:',
  '2026/03/03 10:11、Shop <help@shop.example>のメール:',
  'Shop <help@shop.example> 于2026年3月3日周二 10:11写道：',
  'Shop <help@shop.example> 於 2026年3月3日 週二 上午10:11寫道：',
  '在 2026年3月3日，10:11，Shop <help@shop.example> 写道：',
  '在 2026-03-03 10:11:12，"Shop" <help@shop.example> 写道：',
  '2026년 3월 3일 (화) 오전 10:11, Shop <help@shop.example>님이 작성:',
  'בתאריך יום ג׳, 3 במרץ 2026 ב-10:11 מאת \u202aShop\u202c\u200f <\u202ahelp@shop.example\u202c\u200f>:\u202c',
  'في الثلاثاء، 3 مارس 2026 في 10:11 ص تمت كتابة ما يلي بواسطة \u202aShop\u202c\u200f <\u202ahelp@shop.example\u202c\u200f>:\u202c',
  'Vào Th 3, 3 thg 3, 2026 vào lúc 10:11 Shop <help@shop.example> đã viết:',
  'Pada tanggal Sel, 3 Mar 2026 pukul 10.11 Shop <help@shop.example> menulis:',
  'El dt., 3 de març 2026 a les 10:11, Shop (<help@shop.example>) va escriure:',
  'On Tue, Mar 3, 2026, 10:11 AM Shop\n<help@shop.example> wrote:',
  'On Tue, Mar 3, 2026 at 10:11 AM Shop Customer Service Team of the North <\nhelp@shop.example> wrote:',
  'On Tue, Mar 3, 2026 at 10:11 AM\nShop\n<help@shop.example>\nwrote:',
  'El mar, 3 mar 2026 a las 10:11, Shop de muchas cosas (<\nhelp@shop.example>) escribió:',
  'Am Di., 3. März 2026 um 10:11 Uhr schrieb Shop für Sachen aller Art <\nhelp@shop.example>:',
  'In einer Nachricht vom 03.03.2026 10:11:12 Westeuropäische Normalzeit schreibt help@shop.example:',
  'In a message dated 3/3/2026 10:11:12 A.M. Eastern Standard Time, help@shop.example writes:',
  'Shop <help@shop.example> a écrit :',
  'Shop <help@shop.example> wrote:',
  '3 mars 2026 10:11 "Shop" <help@shop.example> a écrit:',
  '2026-03-03 10:11 GMT+01:00 Shop <help@shop.example>:',
];

/** What Outlook, Lotus Notes, phones and web mailers write above an earlier mail. */
const headers = [
  '----- Original Message ----- From: Shop To: Ann Sent: Tue',
  'From:\nShop\nSent:\nTuesday\nTo:\nAnn\nSubject:\nOrder',
  '--- On Tue, 3/3/26, Shop <help@shop.example> wrote:',
  '---- On Tue, 03 Mar 2026 10:11:12 +0100 Shop <help@shop.example> wrote ----',
  '------- Original Message -------\nOn Tuesday, March 3rd, 2026 at 10:11 AM, Shop <help@shop.example> wrote:',
  'Sent: Tuesday, March 03, 2026 at 10:11 AM\nFrom: "Shop" <help@shop.example>\nTo: ann@example.org\nSubject: Order',
  'Gesendet: Dienstag, 03. März 2026 um 10:11 Uhr\nVon: "Shop" <help@shop.example>\nAn: ann@example.org\nBetreff: Bestellung',
  '> Am 03.03.2026 um 10:11 schrieb Shop <help@shop.example>:',
  '-------- Original-Nachricht --------\nBetreff: Bestellung\nVon: Shop <help@shop.example>\nAn: ann@example.org',
  '-------- Ursprüngliche Nachricht --------\nVon: Shop <help@shop.example>\nDatum: 03.03.26 10:11 (GMT+01:00)\nAn: ann@example.org\nBetreff: Bestellung',
  'Envoyé: mardi 3 mars 2026 10:11\nDe: Shop <help@shop.example>\nÀ: ann@example.org\nObjet: Commande',
  '> Message du 03/03/26 10:11\n> De : "Shop" <help@shop.example>\n> A : ann@example.org\n> Copie à : \n> Objet : Commande',
  '-------- Message d’origine --------\nDe : Shop <help@shop.example>\nDate : 03/03/2026 10:11 (GMT+01:00)\nÀ : ann@example.org\nObjet : Commande',
  '-------- Message original --------',
  'De: Shop <help@shop.example>\nEnviado el: martes, 3 de marzo de 2026 10:11\nPara: ann@example.org\nAsunto: RE: Pedido',
  '-------- Mensaje original --------\nDe: Shop <help@shop.example>\nFecha: 3/3/26 10:11 (GMT+01:00)\nA: ann@example.org\nAsunto: Pedido',
  'Da: Shop [mailto:help@shop.example]\nInviato: martedì 3 marzo 2026 10:11\nA: ann@example.org\nOggetto: R: Ordine',
  '-------- Messaggio originale --------\nDa: Shop <help@shop.example>\nData: 03/03/26 10:11 (GMT+01:00)\nA: ann@example.org\nOggetto: Ordine',
  'De: Shop <help@shop.example>\nEnviada em: terça-feira, 3 de março de 2026 10:11\nPara: ann@example.org\nAssunto: Pedido',
  'Van: Shop <help@shop.example>\nVerzonden: dinsdag 3 maart 2026 10:11\nAan: ann@example.org\nOnderwerp: Bestelling',
  'Od: Shop <help@shop.example>\nWysłane: wtorek, 3 marca 2026 10:11\nDo: ann@example.org\nTemat: Zamówienie',
  'Od: "Shop" <help@shop.example>\nDo: ann@example.org;\nWysłane: 10:11 Wtorek 2026-03-03\nTemat: Zamówienie',
  'Från: Shop <help@shop.example>\nSkickat: den 3 mars 2026 10:11\nTill: ann@example.org\nÄmne: Beställning',
  'Fra: Shop <help@shop.example>\nSendt: tirsdag 3. mars 2026 10:11\nTil: ann@example.org\nEmne: Ordre',
  'Lähettäjä: Shop <help@shop.example>\nLähetetty: tiistai 3. maaliskuuta 2026 10.11\nVastaanottaja: ann@example.org\nAihe: Tilaus',
  'Od: Shop <help@shop.example>\nOdesláno: úterý 3. března 2026 10:11\nKomu: ann@example.org\nPředmět: Objednávka',
  '______________________________________________________________\n> Od: "Shop" <help@shop.example>\n> Komu: ann@example.org\n> Datum: 03.03.2026 10:11\n> Předmět: Objednávka',
  'Feladó: Shop <help@shop.example>\nElküldve: 2026. március 3., kedd 10:11\nCímzett: ann@example.org\nTárgy: Rendelés',
  'De la: Shop <help@shop.example>\nTrimis: marți, 3 martie 2026 10:11\nCătre: ann@example.org\nSubiect: Comandă',
  'От: Shop <help@shop.example>\nОтправлено: 3 марта 2026 г. 10:11\nКому: ann@example.org\nТема: Заказ',
  'Kimden: Shop <help@shop.example>\nGönderildi: 3 Mart 2026 Salı 10:11\nKime: ann@example.org\nKonu: Sipariş',
  '发件人: Shop <help@shop.example>\n发送时间: 2026年3月3日 10:11\n收件人: ann@example.org\n主题: 订单',
  '------------------ 原始邮件 ------------------\n发件人: "Shop"<help@shop.example>;\n发送时间: 2026年3月3日(星期二) 上午10:11\n收件人: "ann"<ann@example.org>;\n主题: 订单',
  '보낸 사람: Shop <help@shop.example>\n보낸 날짜: 2026년 3월 3일 화요일 오전 10:11\n받는 사람: ann@example.org\n제목: 주문',
  '差出人: Shop <help@shop.example>\n送信日時: 2026年3月3日 10:11\n宛先: ann@example.org\n件名: 注文',
  '*From:* Shop <help@shop.example>\n*Sent:* Tuesday, March 3, 2026 10:11 AM\n*To:* ann@example.org\n*Subject:* Order',
  'From: Shop <help@shop.example>\n\nSent: Tuesday\n\nTo: Ann\n\nSubject: Order',
  'From: Shop [mailto:help@shop.example] On Behalf Of Desk\nSent: 03 March 2026 10:11\nTo: Ann\nCc: Bob\nSubject: RE: Order\nImportance: High',
  '##- Please type your reply above this line -##',
  '-- Please reply above this line --',
  '----- Reply message -----\nFrom: "Shop" <help@shop.example>\nTo: <ann@example.org>\nSubject: Order\nDate: Tue, Mar 3, 2026 10:11 AM',
  '-----Oprindelig meddelelse-----',
  '-----Alkuperäinen viesti-----',
  '----Messaggio originale----',
  '----- Mail original -----\nDe: "Shop" <help@shop.example>\nÀ: ann@example.org\nEnvoyé: Mardi 3 Mars 2026 10:11:12\nObjet: Commande',
  '----- Ursprüngliche Mail -----\nVon: "Shop" <help@shop.example>\nAn: ann@example.org\nGesendet: Dienstag, 3. März 2026 10:11:12\nBetreff: Bestellung',
  '-------- Původní e-mail --------\nOd: Shop <help@shop.example>\nKomu: ann@example.org\nDatum: 3. 3. 2026 10:11:12\nPředmět: Re: Objednávka',
];

describe('quoted history', () => {
  it.each(attributions)('begins at the attribution %j', (attribution) => {
    expect(extractNewText(`${fresh}\n\n${attribution}\n\n${quoted}\n`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n\n${attribution}\n\n${history}\n`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n${attribution}\n${quoted}\n`)).toBe(fresh);
  });

  it.each(headers)('begins at the header or mark %j', (header) => {
    expect(extractNewText(`${fresh}\n\n${header}\n\n${quoted}\n`)).toBe(fresh);
    if (!header.includes('>  ') && !/^>/m.test(header))
      expect(extractNewText(`${fresh}\n\n${header}\n\n${history}\n`)).toBe(fresh);
  });

  it.each([
    'Quoting Shop <help@shop.example>:',
    'Zitat von Shop <help@shop.example>:',
    'Quoting help@shop.example:',
    'Am 03.03.2026:',
  ])('begins at %j only where quoted lines follow', (line) => {
    expect(extractNewText(`${fresh}\n\n${line}\n\n${quoted}\n`)).toBe(fresh);
    const talk = `${fresh}\n\n${line}\n\n${history}`;
    expect(extractNewText(talk)).toBe(talk);
  });

  it.each([
    'On Monday 3 May at 10:00 I wrote:\n\nplease refund me.\nThanks',
    'Here is what the courier wrote to me on 3.5.2026 at 10:11:\nParcel lost.',
    'Host 192.0.2.22 [192.0.2.22]\nsaid no to <ann@example.org>:\nunknown',
    'On 3 March 2026 at 10:00 the parcel came.\nYour colleague wrote:\nthe lamp is fine',
    'He wrote:\nthe lamp is broken',
    'Your mail of 3 May 2026, 10:11 said:\nfree returns. Is that so?',
    'Please deliver on 3 May 2026 at 10:00 to Ann (ann@example.org):\n\nMain street 1',
    'The order was placed 03.03.2026 10:11 by me, ann@example.org:\nA lamp',
    'Send it to:\nAnn Example\nann@example.org\nMain street 1',
    'The card should say:\nVon: Max\nAn: Lisa\nDatum: 24.12.2026\nText: Alles Gute',
    'My trip:\nFrom: Paris\nTo: Rome\nDate: 3 May\nPlease check.',
    'Hello.\nSubject: lamp\nDate: 3 May\nIt broke.',
    'What is the original message?\n\nOriginal message was lost.',
  ])('leaves talk alone that only looks like it: %j', (text) => {
    expect(extractNewText(text)).toBe(text);
  });

  it.each([
    'I ordered on Monday.\nShop <a@b.example> schrieb am Di., 3. März 2026, 10:11:',
    'I ordered on Monday.\nShop <a@b.example> schrieb am\nDi., 3. März 2026, 10:11:',
    'At 10:00 I called.\nOn Tue, Mar 3, 2026 at 10:11 AM Shop\n<a@b.example> wrote:',
    'It was 3.3.2026.\nOn Tue, Mar 3, 2026 at 10:11 AM Shop <a@b.example> wrote:',
    'On Monday I got 3 lamps\nOn Tue, Mar 3, 2026 at 10:11 AM Shop <a@b.example> wrote:',
    'Thanks! On Mar 3, 2026, at 10:11 AM, Shop <a@b.example> wrote:',
    'Ja, bitte. Am 3. März 2026 um 10:11 schrieb Shop <a@b.example>:',
  ])('begins below the words just above it: %j', (text) => {
    const [first] = /^(?:Thanks!|Ja, bitte\.|[^\n]+)/.exec(text) ?? [];
    expect(extractNewText(`${text}\n${quoted}`)).toBe(first);
  });

  it('has the mail below it, when nothing is written above', () => {
    const attribution = 'On 3 May 2026, at 10:11, Shop <a@b.example> wrote:';
    expect(extractNewText(`${attribution}\n\nSize M, please.`)).toBe('Size M, please.');
    expect(extractNewText(`${attribution}\n${quoted}\n\nSize M, please.`)).toBe('Size M, please.');
  });

  it('keeps a few lines quoted by hand above the words that answer them', () => {
    const text = '> Which size?\n\nSize M, please.';
    expect(extractNewText(text)).toBe(text);
    const long = '> Which size?\n'.repeat(6);
    expect(extractNewText(`${long}\nSize M, please.`)).toBe('Size M, please.');
  });

  it('goes over a quoted line that lost its mark when it was wrapped', () => {
    const wrapped =
      '> We have looked at your order again and have found that the parcel was\nlost on its way.\n> Sorry';
    expect(extractNewText(`${fresh}\n\nShop <a@b.example> wrote:\n${wrapped}`)).toBe(fresh);
  });

  it('keeps an answer in lower case below a whole quoted sentence', () => {
    const text =
      'Shop <a@b.example> wrote:\n> Would you rather have your money back or another lamp of the kind?\nmoney back please\n> Sorry';
    expect(extractNewText(text)).toBe('money back please');
  });
});

/** Who must not be answered: RFC 3834 and practice, and the people it must not catch. */

import { describe, expect, it } from 'vitest';
import { answerability } from '../../src/mail/automated.ts';
import { parseMail } from '../../src/mail/parse.ts';

const own = ['support@shop.example'];

async function judge(headers: string, base = 'From: Ann <ann@c.example>\r\nSubject: Order 12\r\n') {
  const mail = await parseMail(
    Buffer.from(`${headers}${headers === '' ? '' : '\r\n'}${base}\r\nHello`),
  );
  return answerability(mail, own);
}

describe('answerability', () => {
  it.each([
    ['', 'an ordinary mail'],
    ['Auto-Submitted: no', 'a mail that says it is not automatic'],
    ['auto-submitted: No (by hand)', 'the same with a comment'],
    ['X-Auto-Response-Suppress: All', 'a mail that only asks for no automatic replies'],
    ['Return-Path: <ann@c.example>', 'a mail with a return path'],
    ['Return-Path: <bounces+12@mailer.c.example>', 'a mail with a bounce address of its own'],
    ['Precedence: first-class', 'a mail with a harmless precedence'],
    ['X-Autoreply: no', 'a mail that takes the mark back'],
    [
      'Auto-Submitted: auto-generated\r\nResent-From: <bob@c.example>',
      'a mail that a rule redirected',
    ],
    [
      'Auto-Submitted: auto-generated\r\nX-MS-Exchange-ForwardingLoop: a@b.example',
      'a mail that Exchange forwarded',
    ],
    ['Content-Type: multipart/alternative; boundary=x', 'an HTML mail'],
  ])('%s: %s is answerable', async (headers) => {
    expect(await judge(headers)).toEqual({ state: 'answerable', kind: null, reason: null });
  });

  it.each([
    'Auto-Submitted: auto-replied',
    'Auto-Submitted: auto-generated',
    'Auto-Submitted: auto-notified; owner-email="x@y.example"',
    'AUTO-SUBMITTED: Auto-Replied (vacation)',
    'Return-Path: <>',
    'Return-Path: < >',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=x',
    'Content-Type: multipart/report; report-type=disposition-notification; boundary=x',
    'Content-Type: multipart/report; report-type=feedback-report; boundary=x',
    'X-Failed-Recipients: a@b.example',
    'Precedence: bulk',
    'Precedence: junk',
    'Precedence: list',
    'Precedence: auto_reply',
    'List-Id: <news.c.example>',
    'List-Unsubscribe: <https://c.example/u>',
    'X-Autoreply: yes',
    'X-Autorespond: Vacation',
    'X-Autoresponder: x',
    'Auto-Submitted: auto-replied\r\nResent-From: <bob@c.example>',
  ])('%s is automatic', async (headers) => {
    const found = await judge(headers);
    expect(found.state).toBe('automated');
    expect(found.reason).toMatch(/\.$/);
  });

  it.each([
    'MAILER-DAEMON@c.example',
    'postmaster@c.example',
    'no-reply@c.example',
    'noreply+12@c.example',
    'do_not_reply@c.example',
    'orders-noreply@c.example',
    'bounces@c.example',
  ])('%s does not read replies', async (sender) => {
    expect((await judge('', `From: ${sender}\r\nSubject: x\r\n`)).state).toBe('automated');
  });

  it.each([
    'Automatic reply: Order 12',
    'Abwesenheitsnotiz: Bestellung',
    'Réponse automatique : Commande',
    'Respuesta automática: Pedido',
    'Risposta automatica: Ordine',
    'Odpowiedź automatyczna: Zamówienie',
    'Automatisch antwoord: Bestelling',
    'Out of Office: back on Monday',
    'Undelivered Mail Returned to Sender',
    '[EXTERNAL] Mail delivery failed: returning message to sender',
  ])('the subject %j is automatic', async (subject) => {
    expect((await judge('', `From: ann@c.example\r\nSubject: ${subject}\r\n`)).state).toBe(
      'automated',
    );
  });

  it.each([
    'My parcel was returned, why?',
    'Re: Delivery failure of my tea pot?',
    'Order: automatic reply to whom?',
    'Bouncer shirts',
  ])('the subject %j is a person’s', async (subject) => {
    expect((await judge('', `From: ann@c.example\r\nSubject: ${subject}\r\n`)).state).toBe(
      'answerable',
    );
  });

  it.each([
    ['our own address', 'From: support@shop.example\r\nSubject: x\r\n'],
    ['our own address with a tag', 'From: Support+abc@SHOP.example\r\nSubject: x\r\n'],
    ['two senders', 'From: ann@c.example\r\nFrom: eve@evil.example\r\nSubject: x\r\n'],
  ])('mail from %s is blocked', async (_what, base) => {
    expect((await judge('', base)).state).toBe('blocked');
  });

  it.each([
    ['nobody', 'Subject: x\r\n'],
    ['a name without address', 'From: Ann\r\nSubject: x\r\n'],
  ])('mail from %s is quarantined: it can be read, but not answered', async (_what, base) => {
    expect(await judge('', base)).toEqual({
      state: 'quarantined',
      kind: null,
      reason: 'It has no sender that a reply could go to.',
    });
  });

  it.each([
    ['Auto-Submitted: auto-replied', 'auto_reply'],
    ['X-Auto-Reply: yes', 'auto_reply'],
    ['X-Apple-Action: vacation', 'auto_reply'],
    ['X-Mailer: vacation 1.2.8', 'auto_reply'],
    ['X-Precedence: auto_reply', 'auto_reply'],
    ['Auto-Submitted: auto-generated', 'notice'],
    ['Return-Path: <>', 'notice'],
    ['List-Id: <news.c.example>', 'mailing_list'],
    ['X-Mailman-Version: 2.1', 'mailing_list'],
    ['Precedence: bulk', 'mailing_list'],
    ['X-Failed-Recipients: a@b.example', 'delivery_report'],
    ['Content-Type: multipart/report; report-type=disposition-notification; boundary=x', 'receipt'],
    ['Content-Type: multipart/report; report-type=feedback-report; boundary=x', 'feedback_report'],
  ])('%s is of the kind %s', async (headers, kind) => {
    expect(await judge(headers)).toMatchObject({ state: 'automated', kind });
  });

  it.each([
    ['REQUEST', 'automated'],
    ['REPLY', 'automated'],
    ['CANCEL', 'automated'],
    ['PUBLISH', 'answerable'],
  ])('a calendar’s %s is %s', async (method, state) => {
    const calendar = `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR\r\n`;
    const raw = `From: ann@c.example\r\nSubject: Meeting\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nSee you\r\n--x\r\nContent-Type: text/calendar; method=${method}\r\n\r\n${calendar}--x--\r\n`;
    expect(answerability(await parseMail(Buffer.from(raw)), own).state).toBe(state);
  });

  it.each([
    ['notices@c.example', 'answerable'],
    ['ann@c.example', 'answerable'],
    ['no-reply@c.example', 'automated'],
    ['ann@elsewhere.example', 'automated'],
  ])('a form that writes as no-reply, with replies to %s, is %s', async (replyTo, state) => {
    const base = `From: no-reply@c.example\r\nReply-To: ${replyTo}\r\nSubject: Contact\r\n`;
    expect((await judge('', base)).state).toBe(state);
  });

  it.each([
    'Niet bezorgd: bestelling 12',
    'No entregado',
    'Unable to deliver? Call me',
    'Delivery failure, again',
    '반송 요청',
  ])('the subject %j may be about a parcel', async (subject) => {
    expect((await judge('', `From: ann@c.example\r\nSubject: ${subject}\r\n`)).state).toBe(
      'answerable',
    );
  });

  it.each([
    ['This is an automated response. We got your mail.', '', 'automated'],
    ['Danke!\n\nDiese E-Mail wurde automatisch erstellt.', '', 'automated'],
    ['Ceci est une réponse automatique.', '', 'automated'],
    ['This is an automated message: a customer writes', 'Reply-To: ann@c.example', 'answerable'],
    ['I am out of the office today, please ring twice.', '', 'answerable'],
    ['Hello\n\n> This is an automated response.', '', 'answerable'],
    ['Is this an automatic watch?', '', 'answerable'],
  ])('%j with %j is %s', async (text, header, state) => {
    const lines = ['From: ops@other.example', 'Subject: Order', header].filter(
      (line) => line !== '',
    );
    const raw = `${lines.join('\r\n')}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`;
    expect(answerability(await parseMail(Buffer.from(raw)), own).state).toBe(state);
  });

  it('blocks our own mail that came back under another name', async () => {
    const base = 'From: list@other.example\r\nSubject: Re: Order\r\n';
    const ours = 'Message-ID: <rw.0f8fad5b-d9cb-469f-a165@SHOP.example>';
    expect(await judge(ours, base)).toMatchObject({ state: 'blocked', kind: 'own_mail' });
    const theirs = 'Message-ID: <rw.0f8fad5b-d9cb-469f-a165@other.example>';
    expect((await judge(theirs, base)).state).toBe('answerable');
  });

  it('blocks our own automatic mail that comes back', async () => {
    const found = await judge(
      'Auto-Submitted: auto-replied',
      'From: support@shop.example\r\nSubject: x\r\n',
    );
    expect(found.state).toBe('blocked');
  });
});

/** Quoted history in HTML: the elements of many mail programs, hostile HTML, and what must stay. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNewHtmlText } from '../../src/mail/quoted-html.ts';
import { readableHtml } from '../../src/mail/readable-html.ts';

const fresh = '<div>It has not come.</div><div>Please look.</div>';
const history = '<div>Dear Ann,</div><div>your parcel is on its way.</div>';

/** By mail program; where it says "Xx", in a language that no rule knows. */
const replies: Readonly<Record<string, string>> = {
  gmail: `<div dir="ltr">${fresh}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, 3 Mar 2026 at 10:11, Shop &lt;<a href="mailto:a@b.example">a@b.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${history}</blockquote></div>`,
  gmailxx: `<div dir="ltr">${fresh}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Xx yy zz qq:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">${history}</blockquote></div>`,
  gmailsig: `<div dir="ltr">${fresh}<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">Ann Example<br>Boss</div></div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, 3 Mar 2026 at 10:11, Shop &lt;a@b.example&gt; wrote:<br></div><blockquote class="gmail_quote" style="border-left:1px solid">${history}</blockquote></div>`,
  outlookweb: `<div style="font-family: Calibri">${fresh}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>From:</b> Shop &lt;a@b.example&gt;<br><b>Sent:</b> Tuesday<br><b>To:</b> Ann<br><b>Subject:</b> Order</font><div>&nbsp;</div></div>${history}`,
  outlookweb_unk: `<div>${fresh}</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><b>Aa:</b> Shop<br><b>Bb:</b> Tuesday</div>${history}`,
  outlookdesk: `<div class="WordSection1"><p class="MsoNormal">It has not come.<o:p></o:p></p><p class="MsoNormal">Please look.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Von:</b> Shop &lt;a@b.example&gt; <br><b>Gesendet:</b> Dienstag, 3. März 2026 10:11<br><b>An:</b> Ann<br><b>Betreff:</b> AW: Order<o:p></o:p></p></div></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>${history}</div>`,
  outlookplace: `<div class="WordSection1"><p class="MsoNormal">It has not come.</p><p class="MsoNormal">Please look.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Xx:</b> Shop &lt;a@b.example&gt; <br><b>Yy:</b> zz<br><b>Qq:</b> Ann</p></div></div>${history}</div>`,
  apple: `<body>${fresh}<div><br><blockquote type="cite"><div>On 3 Mar 2026, at 10:11, Shop &lt;a@b.example&gt; wrote:</div><br class="Apple-interchange-newline"><div>${history}</div></blockquote></div><br></body>`,
  ios: `<div dir="ltr">${fresh}</div><div dir="ltr"><br><div>Sent from my iPhone</div></div><div dir="ltr"><br><blockquote type="cite">On 3 Mar 2026, at 10:11, Shop &lt;a@b.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">${history}</div></blockquote>`,
  thunderbird: `<p>${fresh}</p><div class="moz-cite-prefix">Xx 03.03.26 yy 10:11 zz Shop:<br></div><blockquote type="cite" cite="mid:x@y">${history}</blockquote><div class="moz-signature">-- <br>Ann</div>`,
  yahoo: `<div class="ydp1yahoo-style-wrap"><div dir="ltr">${fresh}</div></div><div id="ydp2yahoo_quoted_123" class="ydp2yahoo_quoted"><div>Xx Tuesday, 3 March 2026, Shop yy:</div><div><br></div>${history}</div>`,
  yahooand: `${fresh}<br><div id="yahoo_quoted_1" class="yahoo_quoted"><div> On Tue, 3 Mar 2026 at 10:11, Shop<div>&lt;a@b.example&gt; wrote:</div></div><blockquote>${history}</blockquote></div>`,
  proton: `<div>${fresh}</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with Proton Mail secure email.</div></div><div class="protonmail_quote">On Tuesday, Shop wrote:<br><blockquote class="protonmail_quote" type="cite">${history}</blockquote></div>`,
  zimbra: `<div>${fresh}</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Shop" &lt;a@b.example&gt;<br><b>To: </b>Ann<br><b>Sent: </b>Tuesday<br><b>Subject: </b>Order</div><div data-marker="__QUOTED_TEXT__">${history}</div>`,
  zoho: `<div>${fresh}</div><div class="zmail_extra" style=""><div id="Zm-_Id_-Sgn1">---- On Tue, 03 Mar 2026 Shop wrote ---</div><blockquote style="margin: 0px;">${history}</blockquote></div>`,
  hey: `<div class="trix-content">${fresh}</div><br><br>On March 3, 2026, Shop &lt;a@b.example&gt; wrote:<blockquote>${history}</blockquote>`,
  fastmail: `<div>${fresh}</div><div><br></div><div>On Tue, Mar 3, 2026, at 10:11 AM, Shop wrote:</div><blockquote type="cite" id="qt" style="">${history}</blockquote>`,
  gmx: `<html><body><div style="font-family: Verdana">${fresh}<div style="margin: 10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Dienstag, 03. März 2026 um 10:11 Uhr<br/><b>Von:</b>&nbsp;"Shop" &lt;a@b.example&gt;<br/><b>An:</b>&nbsp;ann@example.org<br/><b>Betreff:</b>&nbsp;Order</div><div name="quoted-content">${history}</div></div></div></body></html>`,
  gmx2: `<div>${fresh}<div name="quote" style="margin:10px 5px"><div><b>Aa:</b> Dienstag<br/><b>Bb:</b> Shop</div><div name="quoted-content">${history}</div></div></div>`,
  webde: `<div>${fresh}</div><blockquote class="x">${history}</blockquote>`,
  mailru: `<p>It has not come.</p><p>Please look.</p><br>Вторник, 3 марта 2026, 10:11 +03:00 от Shop &lt;a@b.example&gt;:<br><blockquote id="mail-app-auto-quote" style="border-left:1px solid #0857A6">${history}</blockquote>`,
  yandex: `<div>It has not come.</div><div>Please look.</div><div>&nbsp;</div><div>03.03.2026, 10:11, "Shop" &lt;a@b.example&gt;:</div><blockquote>${history}</blockquote>`,
  tuta: `<div>${fresh}</div>3 Mar 2026, 10:11 by a@b.example:<br><blockquote class="tutanota_quote">${history}</blockquote>`,
  qq: `<div>${fresh}</div><div><br></div><div style="font-size: 12px;padding:2px 0 2px 0;">------------------&nbsp;Original&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;"><div><b>From:</b> "Shop"&lt;a@b.example&gt;;</div><div><b>Date:</b> Tue</div><div><b>To:</b> ann;</div><div><b>Subject:</b> Order</div></div>${history}`,
  samsung: `<div>${fresh}</div><div id="composer_signature"><div>Von meinem Samsung Galaxy Smartphone gesendet.</div></div><div><br></div><div>-------- Ursprüngliche Nachricht --------</div><div>Von: Shop &lt;a@b.example&gt; </div><div>Datum: 03.03.26 10:11 (GMT+01:00) </div><div>An: ann@example.org </div><div>Betreff: Order </div><div><br></div>${history}`,
  outlookios: `<div dir="ltr">${fresh}</div><div id="ms-outlook-mobile-signature"><div>Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div></div><div id="mail-editor-reference-message-container" class="ms-outlook-mobile-reference-message skipProofing"><hr><div><b>From:</b> Shop</div>${history}</div>`,
  outlookmac: `<div>${fresh}</div><div><br></div><span id="OLK_SRC_BODY_SECTION"><div><span style="font-weight:bold">From: </span> Shop</div><div>${history}</div></span>`,
  hotmail: `<div dir="ltr">${fresh}<br><br><div><hr id="stopSpelling">Date: Tue, 3 Mar 2026<br>Subject: Order<br>From: a@b.example<br>To: ann@example.org<br><br>${history}</div></div>`,
  front: `<div>${fresh}</div><br><blockquote type="cite" class="front-blockquote"><div>On March 3, Shop wrote:</div>${history}</blockquote>`,
  airmail: `<div>${fresh}</div><p class="airmail_on">On 3 March 2026 at 10:11:12, Shop (<a href="mailto:a@b.example">a@b.example</a>) wrote:</p><blockquote type="cite" class="clean_bq">${history}</blockquote>`,
  roundcube: `<p>It has not come.<br>Please look.</p><p id="reply-intro">Am 03.03.2026 10:11, schrieb Shop:</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div id="replybody1">${history}</div></blockquote>`,
  sogo: `<html><p>It has not come.<br>Please look.</p><br>Le Mardi, Mars 03, 2026 10:11 CET, Shop &lt;a@b.example&gt; a écrit:<br>&nbsp;<blockquote type="cite" cite="x">${history}</blockquote></html>`,
  orange: `<div>${fresh}</div><blockquote style="border-left: 2px solid #f60"><br> &gt; Message du 03/03/26 10:11<br> &gt; De : "Shop"<br>${history}</blockquote>`,
  windowsmail: `<div>${fresh}</div><div style="padding-top: 5px; border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid;"><div><font><b>From:</b>&nbsp;<a href="mailto:a@b.example">Shop</a><br><b>Sent:</b>&nbsp;Tuesday<br><b>To:</b>&nbsp;Ann</font></div></div>${history}`,
  aol: `<div>${fresh}</div><br><div>-----Original Message-----<br>From: Shop &lt;a@b.example&gt;<br>To: ann<br>Sent: Tue<br>Subject: Order<br><br></div><div id="aol1">${history}</div>`,
  comcast: `<div>${fresh}</div><div><br></div><hr><b>From: </b>"Shop" &lt;a@b.example&gt;<br><b>To: </b>ann<br><b>Sent: </b>Tuesday<br><b>Subject: </b>Order<br>${history}`,
  sparrow: `<div>It has not come.</div><div>Please look.</div><div></div><p style="color: #A0A0A8;">On Tuesday, March 3, 2026 at 10:11 AM, Shop wrote:</p><blockquote type="cite" style="border-left-style:solid;border-width:1px;"><span><div>${history}</div></span></blockquote>`,
  spark: `<div name="messageBodySection">${fresh}</div><div name="messageSignatureSection"><br></div><div name="messageReplySection">On 3 Mar 2026, 10:11, Shop, wrote:<br><blockquote type="cite" style="border-left-width: 1px">${history}</blockquote></div>`,
};

const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

describe('extractNewHtmlText', () => {
  it.each(Object.entries(replies))('leaves out what %s quotes', (_program, html) => {
    expect(words(extractNewHtmlText(html))).toBe('It has not come. Please look.');
  });

  it('keeps answers between the parts of a quotation', () => {
    const quote = (text: string) => `<blockquote class="gmail_quote">${text}</blockquote>`;
    const html = `<div class="gmail_quote"><div class="gmail_attr">On 3 May 2026, Shop wrote:</div>${quote('Which size?')}<div>Size M.</div>${quote('Which colour?')}<div>Blue.</div></div>`;
    expect(extractNewHtmlText(html)).toBe('Size M.\nBlue.');
  });

  it.each([
    [
      'a forwarded mail',
      '<div>Please see.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: Courier<br></div>Parcel lost.</div>',
      'Please see. ---------- Forwarded message --------- From: Courier Parcel lost.',
    ],
    [
      'a forwarded mail inside of a quotation',
      '<div>Please see.</div><blockquote type="cite"><div>Begin forwarded message:</div><div>Parcel lost.</div></blockquote>',
      'Please see. Begin forwarded message: Parcel lost.',
    ],
    [
      'what is only indented',
      '<div>My list:</div><blockquote style="margin:0 0 0 40px;border:none"><div>A lamp</div></blockquote>',
      'My list: A lamp',
    ],
    [
      'a sentence quoted by hand',
      '<p>Your terms say:</p><blockquote>Returns are free.</blockquote><p>Why must I pay?</p>',
      'Your terms say: > Returns are free. Why must I pay?',
    ],
    [
      'a mail that is all quotation',
      '<blockquote type="cite"><div>Dear Ann</div></blockquote>',
      '> Dear Ann',
    ],
    [
      'rows, one below the other',
      '<table><tr><td>Lamp</td></tr><tr><td>2</td></tr></table>',
      'Lamp 2',
    ],
  ])('keeps %s', (_what, html, expected) => {
    expect(words(extractNewHtmlText(html))).toBe(expected);
  });

  it('is never blank when there is text, and never shows its own marks', () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(replies)),
      fc.constantFrom('<blockquote>', '</blockquote>', '<div id="appendonsend">', '</div>', '<hr>'),
      fc.constantFrom(
        '<div class="gmail_signature">',
        '<div class="gmail_quote">',
        '<br>',
        '&gt; ',
      ),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const html = pieces.join('');
        const text = extractNewHtmlText(html);
        expect(text).not.toMatch(/[\ue000\ue001]/u);
        if (readableHtml(html).replaceAll(/[>\s-]/g, '') !== '') expect(text.trim()).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['nested quotations', '<blockquote>'.repeat(50_000)],
    [
      'closed nested quotations',
      `${'<blockquote>x'.repeat(1_500)}${'</blockquote>'.repeat(1_500)}`,
    ],
    ['quotations in a row', '<blockquote>x</blockquote>'.repeat(20_000)],
    ['ends of new text', '<div id="appendonsend"></div>x'.repeat(20_000)],
    ['open tags', '<'.repeat(200_000)],
    ['comments', '<!--'.repeat(50_000)],
  ])('comes to an end, and to a bounded one, on many %s', (_what, html) => {
    expect(extractNewHtmlText(html).length).toBeLessThanOrEqual(64 * 1024);
  });
});

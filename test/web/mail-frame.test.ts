/** The frame of a mail: its colours and pictures come through, and nothing gets out of its place. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitizeCustomerHtml } from '../../src/mail/customer-html.ts';
import { frameDocument } from '../../src/web/mail-frame.ts';

const picture = 'data:image/png;base64,AAAA';

function frame(html: string): string {
  const safe = sanitizeCustomerHtml(html, { remoteImages: false });
  return frameDocument(safe, new Map([['logo@x', picture]]), '/mail.css', 'abc');
}

describe('frameDocument', () => {
  it('keeps answers in red red, without an inline style', () => {
    const html = frame('<p style="color: red">My answer</p><p style="color:red">Another</p>');
    expect(html).toContain('<style nonce="abc">.s0{color:red}</style>');
    expect(html.match(/<p class="s0">/g)).toHaveLength(2);
    expect(html).not.toContain('style="');
  });

  it("shows the mail's own pictures and no others", () => {
    expect(frame('<img src="cid:logo@x" alt="Logo">')).toContain(`src="${picture}"`);
    expect(frame('<img src="cid:other@x">')).not.toContain('src=');
    expect(frame('<img src="https://tracker.example/x.png">')).not.toContain('tracker');
  });

  it('shows a large picture a few times, however often the HTML asks for it', () => {
    const large = new Map([['logo@x', `data:image/png;base64,${'A'.repeat(2_600_000)}`]]);
    const html = frameDocument('<img data-cid="logo@x">'.repeat(1_000), large, '/mail.css', 'abc');
    expect(html.split('src="data:').length).toBeGreaterThan(20);
    expect(html.length).toBeLessThan(61_000_000);
  });

  it('leaves text that looks like an attribute alone', () => {
    expect(frame('<p>Use style="bold" and data-x.</p>')).toContain('Use style="bold" and data-x.');
  });

  it('lets no style end its sheet or reach outside', () => {
    const parts = fc.constantFrom(
      '</style>',
      '{',
      '}',
      ';',
      ':',
      'color',
      'red',
      'url(//x.example)',
      '"',
      "'",
      '<',
      '>',
      '/*',
      'background-color',
      'position:fixed',
      '@import',
      '\\7d',
      '&quot;',
      '&#125;',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 14 }), (pieces) => {
        const html = frame(
          `<p style="${pieces.join('')}">x</p><b style='${pieces.join('')}'>y</b>`,
        );
        const sheet = /<style nonce="abc">([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
        expect(sheet).toMatch(/^(?:\.s\d\{[\w:;#(),.%\s-]*\}\n?)*$/);
        expect(sheet).not.toMatch(/url|position|import/);
        expect(html.match(/<\/style>/g)).toHaveLength(1);
      }),
    );
  });
});

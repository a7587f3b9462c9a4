/** The small markup: what is markup, what stays as it stands, and what nobody can smuggle in. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasMarkup, readMarkup } from '../../src/mail/markup.ts';
import { replyBodies } from '../../src/mail/reply-bodies.ts';
import { pageHtml } from '../../src/mail/reply-html.ts';

/** The HTML of the reply alone, without the document around it and its styles. */
function htmlOf(text: string): string {
  const { html } = replyBodies({ text });
  const body = html.replace(/^<div[^>]*>\n|\n<\/div>\n$/g, '');
  return body.replace(/ (?:style|dir)="[^"]*"/g, '');
}

const textOf = (text: string) => replyBodies({ text }).text;

describe('what is markup', () => {
  it.each([
    [
      '**bold** and *soft*',
      '<p><strong>bold</strong> and <em>soft</em></p>',
      '*bold* and *soft*\n',
    ],
    ['(**14 days**)', '<p>(<strong>14 days</strong>)</p>', '(*14 days*)\n'],
    ['**重要**です', '<p><strong>重要</strong>です</p>', '*重要*です\n'],
    ['**a *b cd* e**', '<p><strong>a <em>b cd</em> e</strong></p>', '*a *b cd* e*\n'],
    ['one\ntwo\n\nthree', '<p>one<br>\ntwo</p>\n<p>three</p>', 'one\ntwo\n\nthree\n'],
    ['- a\n- b', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>', '- a\n- b\n'],
    ['So:\n1. a\n\n2. b', '<p>So:</p>\n<ol>\n<li>a</li>\n<li>b</li>\n</ol>', 'So:\n1. a\n2. b\n'],
    ['Send:\n\n- the box', '<p>Send:</p>\n<ul>\n<li>the box</li>\n</ul>', 'Send:\n\n- the box\n'],
    [
      '> it broke\n\nSorry',
      '<blockquote>\n<p>it broke</p>\n</blockquote>\n<p>Sorry</p>',
      '> it broke\n\nSorry\n',
    ],
    [
      'See [our page](https://a.example/x).',
      '<p>See <a href="https://a.example/x">our page</a>.</p>',
      'See our page <https://a.example/x>.\n',
    ],
    [
      '[Write](mailto:a@b.example)',
      '<p><a href="mailto:a@b.example">Write</a></p>',
      'Write <a@b.example>\n',
    ],
    [
      '[Write](mailto:a@b.example?subject=Hi&bcc=x@evil.example)',
      '<p><a href="mailto:a@b.example">Write</a></p>',
      'Write <a@b.example>\n',
    ],
    [
      '[bücher.example](https://bücher.example/)',
      '<p><a href="https://xn--bcher-kva.example/">bücher.example</a></p>',
      'bücher.example <https://xn--bcher-kva.example/>\n',
    ],
    [
      '[www.a.example](https://a.example/x) [x.pdf](https://a.example/y)',
      '<p><a href="https://a.example/x">www.a.example</a> <a href="https://a.example/y">x.pdf</a></p>',
      'www.a.example <https://a.example/x> x.pdf <https://a.example/y>\n',
    ],
    [
      'https://a.example/x?a=1&b=2.',
      '<p><a href="https://a.example/x?a=1&amp;b=2">https://a.example/x?a=1&amp;b=2</a>.</p>',
      'https://a.example/x?a=1&b=2.\n',
    ],
    [
      '(https://a.example/x_(y))',
      '<p>(<a href="https://a.example/x_(y)">https://a.example/x_(y)</a>)</p>',
      '(https://a.example/x_(y))\n',
    ],
    [
      'https://a.example/xをご覧',
      '<p><a href="https://a.example/x">https://a.example/x</a>をご覧</p>',
      'https://a.example/xをご覧\n',
    ],
    [
      '**https://a.example/**',
      '<p><strong><a href="https://a.example/">https://a.example/</a></strong></p>',
      '*https://a.example/*\n',
    ],
  ])('%j', (source, html, text) => {
    expect(htmlOf(source)).toBe(html);
    expect(textOf(source)).toBe(text);
  });
});

describe('what stays as it stands, in both forms', () => {
  it.each([
    'order *12* and *AB-12*, a_b_c, __init__',
    '5*3*2, 5 * 3 * 2, a*b*c, 2 *a + 3 *b',
    '**** **** **** 1234',
    '9.90* and 5.90*',
    '*) without shipping',
    'price** and ** price **',
    '1985. It was a good year.\n1986. So was that.',
    '2. of May',
    'Thanks,\n- Mara',
    '- 5.00\n- 7.50',
    '# a heading',
    '`code`, ~~gone~~, <b>bold</b>, <script>x</script>, &amp;',
    '![picture](data:image/png;base64,AAAA)',
    '[x](javascript:alert(1)) [y](data:text/html,x) [z](ftp://a.example)',
    '[x](https://shop.example@evil.example/) [https://a.example](https://b.example)',
    '[www.bank.example](https://evil.example)\n[shop.example/x](https://evil.example/)',
    '[a@shop.example](mailto:a@evil.example)',
    '[shop。example](https://evil.example) [shop．example](https://evil.example)',
    '[shop｡example](https://evil.example) [sh\u00adop\u200b.example](https://evil.example)',
    '[Write](mailto:a@shop.example,b@evil.example)\n[Write](mailto:a@shop.example%2Cb%40evil.example)',
    '> 30 days',
    '>5 mugs',
    'xhttps://a.example/',
    'https://bücher.example/',
    '| a | b |\n|---|---|',
  ])('%j', (source) => {
    const html = htmlOf(source)
      .replace(/^<p>|<\/p>$/g, '')
      .replaceAll('<br>\n', '\n')
      .replace(/<a href="[^"]*">([^<]*)<\/a>/g, '$1')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
    expect(html).toBe(source);
    expect(textOf(source).replace(/^ (?=>)/gm, '')).toBe(`${source}\n`);
  });

  it('keeps indentation and columns in HTML', () => {
    expect(htmlOf('a  b\n  c')).toBe('<p>a&nbsp; b<br>\n&nbsp; c</p>');
  });
});

const pieces = [
  ...['**', '*', '_', '[', '](', ')', '(', 'https://a.example/', 'javascript:alert(1)', 'mailto:'],
  ...[
    '<script>',
    '<img src=x onerror=y>',
    '"',
    "'",
    '&',
    '>',
    '> ',
    '- ',
    '1. ',
    '\n',
    '\n\n',
    ' ',
  ],
  ...['word', 'Ö', '重', '12', '!', '\u2028', '\u00a0', 'From ', '-- ', 'data:text/html,x'],
];
const source = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 40 })
  .map((parts) => `x ${parts.join('')}`);

describe('whatever is written', () => {
  it('stands on a page of ours as in the mail, but for the styles', () => {
    const bare = (html: string) => html.replace(/ (?:style|dir|target|rel)="[^"]*"/g, '');
    fc.assert(
      fc.property(source, (text) => {
        const html = pageHtml(readMarkup(text));
        expect(html).not.toContain('style=');
        expect(bare(html)).toBe(htmlOf(text));
        // What has no markup is nothing but paragraphs.
        if (!hasMarkup(text)) expect(bare(html)).not.toMatch(/<(?!\/?p>|br>)/);
      }),
    );
  });

  it('makes only the elements and addresses that we make', () => {
    fc.assert(
      fc.property(source, (text) => {
        const { html } = replyBodies({ text });
        for (const [tag] of html.matchAll(/<[^>]*>/g))
          expect(tag).toMatch(
            /^<(?:\/?(?:div|p|ul|ol|li|strong|em|blockquote|a)|br|(?:div|p|ul|ol|li|blockquote)(?: (?:style|dir)="[\w:;%#.,\s-]*")*|a href="(?:https?:\/\/|mailto:)[^"<>\s]*")>$/,
          );
      }),
    );
  });

  it('loses no character but those of the markup, and makes no line too long', () => {
    const bare = (text: string) => text.replace(/[\s*>[\]()<.\d-]|mailto:/gu, '');
    fc.assert(
      fc.property(source, (text) => {
        const written = textOf(text);
        expect(bare(written)).toBe(bare(text));
        for (const line of written.split('\n'))
          if (line.length > 78) expect(line.trim().replace(/^>+ /, '')).not.toMatch(/\S+ \S+ \S+/);
      }),
    );
  });
});

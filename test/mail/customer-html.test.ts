/** A customer's HTML: nothing runs, nothing loads, nothing points into the desk. */

import { describe, expect, it } from 'vitest';
import { sanitizeCustomerHtml } from '../../src/mail/customer-html.ts';

const safe = (html: string, remoteImages = false) => sanitizeCustomerHtml(html, { remoteImages });

describe('sanitizeCustomerHtml', () => {
  it.each([
    ['<p onclick="x()">Hi <b>you</b></p>', '<p>Hi <b>you</b></p>'],
    ['a<script>alert(1)</script>b', 'ab'],
    ['<style>p{color:red}</style><p>x</p>', '<p>x</p>'],
    ['<svg><script>1</script></svg>x', 'x'],
    ['<iframe src="https://e.example"></iframe>x', 'x'],
    ['<form action="https://e.example"><input name=a>x</form>', 'x'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="/logout">x</a>', '<a>x</a>'],
    ['<a href="//e.example">x</a>', '<a>x</a>'],
    ['<img src="data:image/png;base64,AA">', '<span>[image]</span>'],
    ['<img src="/api/x" alt="logo">', '<span>[image: logo]</span>'],
    [
      '<img src="https://e.example/a.png" alt="pot">',
      '<span data-blocked="remote">[image: pot]</span>',
    ],
    ['<img src="cid:logo@x" width="20">', '<img width="20" alt="" data-cid="logo@x" />'],
    ['<p style="color:red;background:url(https://e.example)">x</p>', '<p style="color:red">x</p>'],
    ['<p style="position:fixed;color:expression(1)">x</p>', '<p>x</p>'],
    [
      '<table background="https://e.example"><tr><td>x</td></tr></table>',
      '<table><tr><td>x</td></tr></table>',
    ],
    [
      '<base href="https://e.example"><meta http-equiv="refresh" content="0"><link rel=stylesheet href="https://e.example">x',
      'x',
    ],
    ['<p id="csrf" class="btn" name="q">x</p>', '<p>x</p>'],
    ['<p hx-get="/x" data-hx-get="/x">x</p>', '<p>x</p>'],
  ])('%s', (html, expected) => {
    expect(safe(html)).toBe(expected);
  });

  it('opens links outside, without a referrer', () => {
    expect(safe('<a href=" https://e.example/a?b=1&c=2">x</a>')).toBe(
      '<a href="https://e.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow" target="_blank">x</a>',
    );
  });

  it('shows remote images only when asked', () => {
    expect(safe('<img src="https://e.example/a.png">', true)).toContain(
      'src="https://e.example/a.png"',
    );
    expect(safe('<img src="https://e.example/a.png">', true)).toContain('no-referrer');
  });

  it('answers on deeply nested HTML', () => {
    expect(safe('<div>'.repeat(100_000)).length).toBeLessThan(10_000);
  });
});

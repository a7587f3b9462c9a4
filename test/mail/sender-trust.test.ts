/** Sender trust: reading Authentication-Results, whose word counts, and what it says about a sender. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthenticationResults } from '../../src/mail/authentication-results.ts';
import { headerFields, senderTrust } from '../../src/mail/sender-trust.ts';

const ours = 'mx.shop.example';

/** The results as plain values. */
function read(value: string) {
  const parsed = parseAuthenticationResults(value);
  if (parsed === null) return null;
  const methods = parsed.methods.map(({ method, result, properties }) => [
    method,
    result,
    Object.fromEntries(properties),
  ]);
  return [parsed.authservId, ...methods];
}

describe('parseAuthenticationResults', () => {
  it.each<[string, string, unknown]>([
    ['nothing was checked', `${ours}; none`, [ours]],
    ['an id alone', ours, [ours]],
    ['an id with a version', `${ours} 1; none`, [ours]],
    ['an id in quotes and capitals', '"MX.Shop.Example"; none', [ours]],
    [
      'a method with a property',
      `${ours}; spf=pass smtp.mailfrom=customer.example`,
      [ours, ['spf', 'pass', { 'smtp.mailfrom': 'customer.example' }]],
    ],
    [
      'an id that is no id',
      `${ours}/1 (by us); dkim/1=pass (good; signature) reason="it (is) good" header.d=Customer.example header.b=ab/cd=; dmarc=pass (p=none) header.from=customer.example`,
      null,
    ],
    [
      'several, with versions, reasons and comments',
      `${ours} 1 (by us); dkim/1=pass (good; signature) reason="it (is) good" header.d=customer.example; dmarc=pass (p=none) header.from=customer.example`,
      [
        ours,
        ['dkim', 'pass', { reason: 'it (is) good', 'header.d': 'customer.example' }],
        ['dmarc', 'pass', { 'header.from': 'customer.example' }],
      ],
    ],
    [
      'comments between everything',
      `${ours} (a (nested) one) ; (b) dkim (c) = (d) pass (e) header.d (f) = (g) customer.example`,
      [ours, ['dkim', 'pass', { 'header.d': 'customer.example' }]],
    ],
    [
      'a quoted local part',
      `${ours}; spf=pass smtp.mailfrom="a;b"@customer.example`,
      [ours, ['spf', 'pass', { 'smtp.mailfrom': 'a;b@customer.example' }]],
    ],
    [
      'a reason with a semicolon in quotes',
      `${ours}; dkim=fail reason="bad; forged=pass" header.d=customer.example`,
      [ours, ['dkim', 'fail', { reason: 'bad; forged=pass', 'header.d': 'customer.example' }]],
    ],
    [
      'a base64 value',
      `${ours}; dkim=pass header.b=ab/cd= header.d=customer.example`,
      [ours, ['dkim', 'pass', { 'header.b': 'ab/cd=', 'header.d': 'customer.example' }]],
    ],
    ['no id before the methods', 'spf=pass smtp.mailfrom=customer.example', null],
    ['nothing', '', null],
    [
      'a comment that does not end',
      `${ours}; dkim=pass (header.d=customer.example`,
      [ours, ['dkim', 'pass', {}]],
    ],
    ['a field of 20,000 characters', `${ours}; ${'x'.repeat(20_000)}`, null],
  ])('%s', (_what, value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  it('never throws, whatever stands there', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ours,
        ';',
        '=',
        '/',
        '(',
        ')',
        '"',
        '\\',
        'dkim',
        'pass',
        'header.d',
        ' ',
        '@',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const parsed = parseAuthenticationResults(pieces.join(''));
        for (const { method, result } of parsed?.methods ?? []) {
          expect(method).toBe(method.toLowerCase());
          expect(result).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads every character a bounded number of times', () => {
    // Openings without an end are what makes readers go back to where they were.
    for (const part of ['(', '"', '\\', '(\\', 'a=', '=', '/', ';a=b', '("', 'a=b/'])
      parseAuthenticationResults(`${ours}; ${part.repeat(16_000 / part.length)}`);
  });
});

const from = { name: 'Ana', address: 'ana@customer.example' };

/** The trust of a mail with these header lines, in their order. */
function trust(lines: string[], authservId: string | null = ours, sender = from) {
  const raw = Buffer.from(`${lines.join('\r\n')}\r\nFrom: ${sender.address}\r\n\r\nHi\r\n`);
  return senderTrust(headerFields(raw), sender, authservId);
}

const result = (text: string, by = ours) => `Authentication-Results: ${by}; ${text}`;
const hop = 'Received: from a by b; Mon, 02 Nov 2026 10:00:00 +0000';
const pass = (domain: string) => ({ result: 'pass', domain });
const fail = { result: 'fail', domain: 'customer.example' };
const none = { result: 'none', domain: null };

describe('senderTrust', () => {
  it.each<[string, string[], unknown]>([
    ['DMARC passed', [result('dmarc=pass header.from=customer.example')], pass('customer.example')],
    ['DMARC failed', [result('dmarc=fail header.from=customer.example')], fail],
    [
      'DMARC failed although something else signed it',
      [result('dmarc=fail header.from=customer.example; dkim=pass header.d=mailer.example')],
      fail,
    ],
    ['DMARC passed for another sender', [result('dmarc=pass header.from=evil.example')], none],
    [
      'no policy, DKIM of the sender passed',
      [result('dmarc=none; dkim=pass header.d=customer.example')],
      pass('customer.example'),
    ],
    [
      'DKIM names the signer by header.i',
      [result('dkim=pass header.i=@customer.example')],
      pass('customer.example'),
    ],
    [
      'SPF of the sender passed',
      [result('spf=pass smtp.mailfrom=bounce@customer.example')],
      pass('customer.example'),
    ],
    [
      'the mailer of somebody else passed',
      [result('spf=pass smtp.mailfrom=mailer.example; dkim=pass header.d=mailer.example')],
      none,
    ],
    [
      'one signature of two is the sender’s',
      [result('dkim=pass header.d=mailer.example; dkim=pass header.d=customer.example')],
      pass('customer.example'),
    ],
    ['SPF failed', [result('spf=fail smtp.mailfrom=customer.example')], fail],
    ['SPF failed softly', [result('spf=softfail smtp.mailfrom=customer.example')], none],
    ['a signature of somebody else is broken', [result('dkim=fail header.d=mailer.example')], none],
    ['nothing was checked', [result('none')], none],
    ['no field at all', [hop], none],
    [
      'a field of another server',
      [result('dmarc=pass header.from=customer.example', 'mx.evil.example')],
      none,
    ],
    [
      'a server whose name begins like ours',
      [result('dmarc=pass header.from=customer.example', `${ours}.evil.example`)],
      none,
    ],
    [
      'a forged field below ours',
      [
        result('dmarc=fail header.from=customer.example'),
        hop,
        result('dmarc=pass header.from=customer.example'),
      ],
      fail,
    ],
    [
      'a forged field below a check that found nothing',
      [
        hop,
        result('spf=none smtp.mailfrom=customer.example'),
        result('dmarc=pass header.from=customer.example'),
      ],
      none,
    ],
    [
      'two fields of ours above the first hop',
      [
        result('spf=none smtp.mailfrom=customer.example'),
        result('dkim=pass header.d=customer.example'),
        hop,
      ],
      pass('customer.example'),
    ],
    [
      'a field of another server above ours',
      [result('dmarc=fail', 'relay.example'), result('dmarc=pass header.from=customer.example')],
      pass('customer.example'),
    ],
    ['a pass in a comment', [result('dmarc=fail (dmarc=pass) header.from=customer.example')], fail],
    [
      'a pass in a quoted reason',
      [result('dkim=fail reason="; dmarc=pass" header.d=customer.example')],
      fail,
    ],
    [
      'a folded field',
      ['Authentication-Results: mx.shop.example;\r\n\tdkim=pass\r\n header.d=customer.example'],
      pass('customer.example'),
    ],
  ])('%s', (_what, lines, expected) => {
    expect(trust(lines)).toEqual(expected);
  });

  it('a domain vouches for its subdomains, not the other way round', () => {
    const signed = (domain: string) => [result(`dkim=pass header.d=${domain}`)];
    const at = (domain: string) => ({ name: '', address: `ana@${domain}` });
    expect(trust(signed('customer.example'), ours, at('mail.customer.example')).result).toBe(
      'pass',
    );
    expect(trust(signed('evil.platform.example'), ours, at('platform.example')).result).toBe(
      'none',
    );
    expect(trust(signed('example'), ours, at('customer.example')).result).toBe('none');
    expect(trust(signed('evilcustomer.example'), ours, at('customer.example')).result).toBe('none');
  });

  it('believes nobody where no server is named', () => {
    expect(trust([result('dmarc=pass header.from=customer.example')], null)).toEqual(none);
  });

  it.each([[ours], [null]])('fails a mail of two senders, with the server %s', (authservId) => {
    const lines = [result('dmarc=pass header.from=customer.example'), 'From: eve@evil.example'];
    expect(trust(lines, authservId)).toEqual(fail);
  });

  it('never passes without a word of the named server, whatever else the header holds', () => {
    const line = fc.constantFrom(
      ...[
        hop,
        'Subject: Hi',
        ' folded',
        'X: y',
        result('dmarc=pass header.from=customer.example', 'x'),
      ],
      ...[`Authentication-Results: dmarc=pass ${ours}`, `ARC-${result('dmarc=pass')}`, ''],
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        expect(trust(lines).result).toBe('none');
      }),
    );
  });
});

/** Each check with its own table of cases: what it lets pass, and the very words it points at. */

import { describe, expect, test } from 'vitest';
import { amountsIn, readNumber } from '../../src/responder/checks/amounts.ts';
import { policyDomains } from '../../src/responder/checks/links.ts';
import { runChecks } from '../../src/responder/checks.ts';
import { check, pointed } from './check-one.ts';
import { fixturePolicies, mailInput, replyFields } from './fixture.ts';

test('a good draft passes all', () => {
  const results = runChecks({
    fields: replyFields({
      reply: 'You can return it within 30 days; small parts cost 4,90 € each.',
      citations: [{ section: 'returns#period', quote: 'Small parts cost €4.90' }],
    }),
    input: mailInput('Lamp', 'How do I return it?'),
    policies: fixturePolicies(),
    linkDomains: [],
    instructions: '',
    examples: [],
  });
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results.every(({ message, spans }) => message === '' && spans.length === 0)).toBe(true);
});

test('a check that throws counts as failed', () => {
  const broken = {
    name: 'broken',
    inspect: () => {
      throw new Error('secret text');
    },
  };
  const subject = {
    fields: replyFields(),
    input: mailInput('', ''),
    policies: fixturePolicies(),
    linkDomains: [],
    instructions: '',
    examples: [],
  };
  const [result] = runChecks(subject, [broken]);
  expect(result).toMatchObject({ check: 'broken', passed: false });
  expect(result?.message).not.toContain('secret');
});

describe('empty', () => {
  test.each([
    ['text', 'Hello', false, true],
    ['nothing', ' \n', false, false],
    ['nothing, for a person', '', true, true],
  ])('%s', (_name, reply, needsPerson, passed) => {
    expect(check('empty', { reply, needsPerson }).passed).toBe(passed);
  });
});

describe('citations', () => {
  test.each([
    ['none', [], true],
    [
      'a true quote',
      [{ section: 'returns#period', quote: 'You can return any item within 30 days.' }],
      true,
    ],
    ['a quote across a line end', [{ section: 'returns#period', quote: 'Small parts cost' }], true],
    ['a changed number', [{ section: 'returns#period', quote: 'within 60 days' }], false],
    ['another section', [{ section: 'returns#contact', quote: 'within 30 days' }], false],
    ['an invented section', [{ section: 'returns#gifts', quote: 'within 30 days' }], false],
  ])('%s', (_name, citations, passed) => {
    expect(check('citations', { citations }).passed).toBe(passed);
  });

  test('points at the altered quote where the reply repeats it', () => {
    const reply = 'Yes, within 60 days of delivery.';
    const result = check('citations', {
      reply,
      citations: [{ section: 'returns#period', quote: 'within 60 days' }],
    });
    expect(result.spans).toEqual([{ start: 5, end: 19 }]);
  });
});

describe('links', () => {
  test.each([
    [
      'no links',
      'Hello. We answer on Mon.-Fri., e.g. tomorrow, z.B. am 9.Mai, 1.234,56 € or v2.',
      [],
    ],
    ['the shop', 'See https://tomandann.example/a?b=c#d and www.tomandann.example.', []],
    [
      'a domain of the policies',
      'See https://help.shop.example/x or write to team@shop.example.',
      [],
    ],
    [
      'the customer and the mailbox',
      'We write to ada@customer.test from support@shop.example.',
      [],
    ],
    ['a file name', 'Thank you for lamp.jpg and invoice.pdf.', []],
    [
      'a foreign link right behind one of the shop',
      '[a](https://tomandann.example/)[b](https://evil.test/)',
      ['https://evil.test/'],
    ],
    [
      'a foreign address behind one of the shop',
      'https://tomandann.example/)[b](mailto:boss@evil.test)',
      ['boss@evil.test'],
    ],
    ['a foreign link', 'See https://evil.test/x?y=1.', ['https://evil.test/x?y=1']],
    [
      'another scheme',
      'ftp://evil.test and javascript:alert(1)',
      ['ftp://evil.test', 'javascript:alert(1'],
    ],
    ['a bare domain', 'Go to evil.com/login now, or Evil.Com!', ['evil.com/login', 'Evil.Com']],
    ['a foreign address', 'Write to boss@evil.test.', ['boss@evil.test']],
    [
      'a shop name in front',
      'https://tomandann.example.evil.test/',
      ['https://tomandann.example.evil.test/'],
    ],
    [
      'a shop name as user',
      'https://tomandann.example@evil.test/',
      ['https://tomandann.example@evil.test/'],
    ],
    [
      'a backslash',
      'https://evil.test\\@tomandann.example',
      ['https://evil.test\\@tomandann.example'],
    ],
    ['an ending in common', 'https://eviltomandann.example', ['https://eviltomandann.example']],
    ['a look-alike', 'https://tomаndann.example', ['https://tomаndann.example']],
    ['an IP address', 'http://127.0.0.1/', ['http://127.0.0.1/']],
    ['the word data', 'Please send these data: name and street. Our file: none.', []],
    ['Markdown', '[here](https://evil.test/a)', ['https://evil.test/a']],
    ['a bare domain in emphasis', 'Go to _evil.test_ now', ['_evil.test']],
    ['a bare domain after a dot', 'Go to ..evil.test now', ['evil.test']],
    ['a label with an underscore', 'Go to pay_now.evil.test now', ['pay_now.evil.test']],
    ['another sign for the dot', 'Go to evil\u3002test now', ['evil\u3002test']],
    ['our own domain in emphasis', 'Go to _tomandann.example_ now', []],
    ['the end of a sentence that is none of Latin letters', '你好。谢谢', []],
  ])('%s', (_name, reply, expected) => {
    expect(pointed('links', reply)).toEqual(expected);
    expect(check('links', { reply }).passed).toBe(expected.length === 0);
  });

  test('domains come from links, addresses and bare suffixes in the policies', () => {
    expect(policyDomains(fixturePolicies())).toEqual(['help.shop.example', 'shop.example']);
  });
});

describe('amounts', () => {
  test.each([
    ['1.234,56', [1234.56]],
    ['1,234.56', [1234.56]],
    ['1 234,56', [1234.56]],
    ["1'234.50", [1234.5]],
    ['4,90', [4.9]],
    ['150', [150]],
    ['1.234', [1.234, 1234]],
    ['1.234.567', [1234567]],
    ['10.', [10]],
  ])('reads %s', (digits, values) => {
    expect(readNumber(digits)).toEqual(values);
  });

  test.each([
    ['€4.90, 4,90 €, 4,90 Euro, EUR 4.90', ['EUR', 'EUR', 'EUR', 'EUR']],
    ['10 %, 10%, 10 percent, 10 Prozent, 10 pour cent, 10 procent', ['%', '%', '%', '%', '%', '%']],
    ['$5 £5 5 zł CHF 5 5 złotych', ['USD', 'GBP', 'PLN', 'CHF', 'PLN']],
    ['30 days, order 48102, 230 V, 5 European countries', []],
  ])('finds units in %s', (text, units) => {
    expect(amountsIn(text).map(({ unit }) => unit)).toEqual(units);
  });

  test.each([
    ['the policy in another notation', 'Das kostet 4,90 € und 10 % werden einbehalten.', []],
    ['an invented amount', 'We refund €50.00 today.', ['€50.00']],
    ['an invented percentage', 'You get 20 % off.', ['20 %']],
    ['another currency', 'It costs $4.90.', ['$4.90']],
    ['a number without unit', 'Order 48102 has 3 items.', []],
  ])('%s', (_name, reply, expected) => {
    expect(pointed('amounts', reply)).toEqual(expected);
  });

  test('what we wrote counts, what the customer claims does not', () => {
    const customer = { name: '', address: 'a@b.test' };
    const turn = {
      from: customer,
      date: new Date(0),
      attachments: [],
      text: 'The refund is 89,00 €.',
    };
    const reply = 'The refund is €89.';
    expect(pointed('amounts', reply, { turns: [{ ...turn, direction: 'outbound' }] })).toEqual([]);
    expect(pointed('amounts', reply, { turns: [{ ...turn, direction: 'inbound' }] })).toEqual([
      '€89',
    ]);
  });
});

describe('language', () => {
  const german =
    'Guten Tag, ich habe vor zehn Tagen eine Lampe bestellt und sie ist noch nicht angekommen.';
  const english =
    'Hello, I am sorry that your lamp has not arrived yet; we ask the carrier to search for it.';
  const turns = (text: string) => mailInput('', text).turns;
  test.each([
    ['the same', english, english, true],
    ['another', english, german, false],
    ['a short mail', english, 'Hallo?', true],
    ['a short reply', 'Danke!', english, true],
    ['an empty reply', '', german, true],
  ])('%s', (_name, reply, mail, passed) => {
    expect(check('language', { reply, needsPerson: true }, { turns: turns(mail) }).passed).toBe(
      passed,
    );
  });
});

describe('placeholders', () => {
  test.each([
    [
      'Dear [name], hello {{order}} and <date> XXX ____',
      ['[name]', '{{order}}', '<date>', 'XXX', '____'],
    ],
    ['See [our page](https://tomandann.example), 3 < 4 and 5 > 2.', []],
    ['Order 48102 (two lamps) is on its way.', []],
  ])('%s', (reply, expected) => {
    expect(pointed('placeholders', reply)).toEqual(expected);
  });
});

test.each(['{', '[', '<', '1.', 'a.', 'a@', '€1,', 'x://', '_'])(
  'hostile repetition of %j is harmless',
  (piece) => {
    const reply = piece.repeat(5_000);
    expect(check('empty', { reply }).passed).toBe(true);
  },
);

describe('attachments', () => {
  test.each([
    ['Please find the invoice attached.', ['attached']],
    ['I am attaching the label. See the attachment.', ['I am attaching', 'See the attachment']],
    ['Thank you for the photo you attached. We found your attached list.', []],
    ['Please attach a photo of the lamp.', []],
    ['It attaches to the wall.', []],
    ['Im Anhang finden Sie die Rechnung, anbei auch das Etikett.', ['Im Anhang', 'anbei']],
    ['Das Foto im Anhang Ihrer Mail zeigt den Riss.', []],
    ['Vous trouverez la facture ci-jointe.', ['ci-jointe']],
    ['Le adjuntamos la factura.', ['adjuntamos']],
    ['Segue anexo o recibo.', ['Segue anexo']],
    ['Trova la fattura in allegato.', ['in allegato']],
    ['In de bijlage vindt u de factuur.', ['In de bijlage']],
    ['Fakturę przesyłamy w załączniku.', ['w załączniku']],
    ['Fakturan är bifogad.', ['bifogad']],
    ['Fakturaen er vedhæftet. Fakturaen er vedlagt.', ['vedhæftet', 'vedlagt']],
    ['Lasku on liitteenä.', ['liitteenä']],
    ['Fakturu posíláme v příloze.', ['v příloze']],
    ['A számlát mellékeljük.', ['mellékeljük']],
    ['Счёт во вложении.', ['во вложении']],
    ['Το τιμολόγιο είναι συνημμένο.', ['συνημμένο']],
    ['Faturanız ektedir, ekte bulabilirsiniz.', ['ekte']],
    ['החשבונית מצורפת.', ['מצורפת']],
    ['الفاتورة مرفقة.', ['مرفقة']],
    ['Hóa đơn được đính kèm.', ['đính kèm']],
    ['发票见附件。', ['见附件']],
    ['请附上照片。', []],
    ['請求書を添付いたします。', ['添付いた']],
    ['It is on its way.\n> The invoice is attached.', []],
  ])('%s', (reply, words) => {
    expect(pointed('attachments', reply)).toEqual(words);
  });

  test('takes no time on a long text', () => {
    const long = 'attach im an anhang in see the '.repeat(3_000);
    expect(check('attachments', { reply: long }).passed).toBe(true);
  });
});

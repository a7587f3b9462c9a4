/** What may be told about a mail: the rule holds for whatever senders, owners and sources there are. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FactSheet, withheldReasons } from '../../../src/domain/facts.ts';
import { orderNumberPattern } from '../../../src/domain/order-number.ts';
import { openLog } from '../../../src/log.ts';
import { factsText } from '../../../src/responder/context/facts-text.ts';
import { gatherFacts, type MailInQuestion } from '../../../src/responder/context/gather.ts';
import type { FoundRecord } from '../../../src/responder/context/record.ts';
import type { Source } from '../../../src/responder/context/source.ts';
import { silent } from '../fixture.ts';

const never = new AbortController().signal;
const ana = 'ana@customer.example';
const shipped = [{ name: 'status', value: 'shipped' }];

type Known = Readonly<Record<string, FoundRecord | Error>>;

/** A source that knows these, and notes what it was asked. */
function source(known: Known, kind: Source['kind'] = 'order', name = 'shop') {
  const asked: string[] = [];
  const opened: Source = {
    name,
    kind,
    async look({ key }) {
      asked.push(key);
      const found = known[key] ?? null;
      if (found instanceof Error) throw found;
      return found;
    },
    close: async () => {},
  };
  return { ...opened, asked };
}

function mail(changes: Partial<MailInQuestion> = {}): MailInQuestion {
  const trust = { result: 'pass' as const, domain: 'customer.example' };
  return { texts: ['Where is #1001?'], sender: ana, trust, replyTo: null, ...changes };
}

const patterns = [orderNumberPattern('#{4-6 digits}')];
const gather = (sources: readonly Source[], asked = mail(), signal = never) =>
  gatherFacts({ patterns, sources, close: async () => {} }, asked, signal, silent);

const hers: Known = { '#1001': { owner: ana, facts: shipped } };
const told = {
  records: [{ source: 'shop', kind: 'order', key: '#1001', facts: shipped }],
  orderNumbers: ['#1001'],
  withheld: [],
};

describe('an order is told', () => {
  test.each<[what: string, changes: Partial<MailInQuestion>, owner: string]>([
    ['to the sender it belongs to', {}, ana],
    ['whatever the capitals', { sender: 'Ana@customer.example' }, 'ANA@Customer.Example'],
    ['where answers are wanted at the same address', { replyTo: 'ANA@customer.example' }, ana],
    [
      'to an address in letters of its own',
      {
        sender: 'ana@bücher.example',
        trust: { result: 'pass', domain: 'xn--bcher-kva.example' },
      },
      'ana@bücher.example',
    ],
  ])('%s', async (_what, changes, owner) => {
    const known = { '#1001': { owner, facts: shipped } };
    expect(await gather([source(known)], mail(changes))).toEqual(told);
  });
});

describe('nothing is told, and no source is asked', () => {
  const pass = (domain: string | null) => ({ trust: { result: 'pass' as const, domain } });
  test.each<[what: string, changes: Partial<MailInQuestion>]>([
    ['of a sender nobody vouches for', { trust: { result: 'none', domain: null } }],
    ['of a sender who is not who the mail says', { trust: { result: 'fail', domain: null } }],
    ['where another domain vouches', pass('evil.example')],
    ['where only the domain above vouches', { ...pass('example'), sender: ana }],
    ['where nobody knows which domain vouches', pass(null)],
    ['where the answer is wanted elsewhere', { replyTo: 'eve@evil.example' }],
    ['without a sender', { sender: '' }],
    ['of a sender without a mailbox', { sender: 'customer.example' }],
  ])('%s', async (_what, changes) => {
    const shop = source(hers);
    const crm = source({ [ana]: { owner: ana, facts: shipped } }, 'customer');
    expect(await gather([shop, crm], mail(changes))).toEqual({
      records: [],
      orderNumbers: ['#1001'],
      withheld: [{ key: '#1001', reason: 'sender_unverified' }],
    });
    expect([...shop.asked, ...crm.asked]).toEqual([]);
  });
});

describe('an order is withheld', () => {
  test.each<[what: string, found: FoundRecord | Error, reason: string]>([
    ['of another', { owner: 'bo@customer.example', facts: shipped }, 'belongs_to_another'],
    ['with a plus more', { owner: 'ana+1@customer.example', facts: shipped }, 'belongs_to_another'],
    ['with a dot more', { owner: 'a.na@customer.example', facts: shipped }, 'belongs_to_another'],
    // The Kelvin sign becomes k in small letters, and may be another person's address.
    ['of nobody', { owner: null, facts: shipped }, 'belongs_to_another'],
    ['whose source fails', new Error('down'), 'source_unavailable'],
  ])('%s', async (_what, found, reason) => {
    expect(await gather([source({ '#1001': found })])).toMatchObject({
      records: [],
      withheld: [{ key: '#1001', reason }],
    });
  });

  test('of an address that only looks the same', async () => {
    const known = { '#1001': { owner: 'kim@customer.example', facts: shipped } };
    const sheet = await gather([source(known)], mail({ sender: '\u212Aim@customer.example' }));
    expect(sheet.withheld).toEqual([{ key: '#1001', reason: 'belongs_to_another' }]);
  });

  test('that nobody knows', async () => {
    const sheet = await gather([source({}), source({}, 'order', 'archive')]);
    expect(sheet.withheld).toEqual([{ key: '#1001', reason: 'unknown' }]);
  });
});

test('one source that fails takes nothing from another', async () => {
  const sheet = await gather([
    source({ '#1001': new Error('down') }, 'order', 'old'),
    source(hers),
  ]);
  expect(sheet).toEqual(told);
});

test('a customer is told by the address, and is no news where nobody knows them', async () => {
  const crm = source({ [ana]: { owner: ana, facts: shipped } }, 'customer', 'crm');
  const sheet = await gather([crm], mail({ texts: ['Hello'] }));
  expect(sheet).toEqual({
    records: [{ source: 'crm', kind: 'customer', key: ana, facts: shipped }],
    orderNumbers: [],
    withheld: [],
  });
  const strangers: Known = { [ana]: { owner: 'bo@b.test', facts: shipped } };
  for (const known of [{}, strangers])
    expect(await gather([source(known, 'customer')], mail({ texts: [] }))).toEqual({
      records: [],
      orderNumbers: [],
      withheld: [],
    });
  const down = source({ [ana]: new Error('down') }, 'customer');
  expect((await gather([down])).withheld).toEqual([{ key: ana, reason: 'source_unavailable' }]);
});

test('five orders are looked up, those of the mail to answer first', async () => {
  const shop = source({});
  const texts = ['#2001 #2002 #2003', '#2004', '#2005 #2006'];
  const sheet = await gather([shop], mail({ texts }));
  expect(shop.asked).toEqual(['#2001', '#2002', '#2003', '#2004', '#2005']);
  expect(sheet.orderNumbers).toHaveLength(6);
});

test('without sources the numbers alone are known', async () => {
  expect(await gather([])).toEqual({ records: [], orderNumbers: ['#1001'], withheld: [] });
});

test('whoever ends the work ends the looking, too', async () => {
  const ending = new AbortController();
  const shop: Source = {
    ...source({}),
    look: async (_query, signal) => {
      ending.abort(new Error('stopping'));
      throw signal.reason;
    },
  };
  await expect(gather([shop], mail(), ending.signal)).rejects.toThrow('stopping');
});

test('a source that fails is named in the log, without what was asked', async () => {
  const lines: string[] = [];
  const log = openLog('info', (line) => lines.push(line));
  const shop = source({ '#1001': new Error(`no order #1001 of ${ana}`) });
  await gatherFacts({ patterns, sources: [shop], close: async () => {} }, mail(), never, log);
  expect(lines.join('')).toContain('order_source_failed');
  expect(lines.join('')).not.toMatch(/1001|ana@/);
});

/** Senders and owners that are nearly alike. */
const nearlyAna = fc.constantFrom(
  ana,
  'ANA@customer.example',
  'ana@CUSTOMER.example',
  'ana+x@customer.example',
  'a.na@customer.example',
  'ana@sub.customer.example',
  'ana@customer.example.evil.test',
  '\u00e4na@customer.example',
  'bo@customer.example',
  '',
  'customer.example',
);
const anyTrust = fc.record({
  result: fc.constantFrom('pass' as const, 'fail' as const, 'none' as const),
  domain: fc.constantFrom('customer.example', 'sub.customer.example', 'example', 'evil.test', null),
});
const anyFound = fc.oneof(
  fc.constant(null),
  fc.constant(new Error('down')),
  nearlyAna.map((owner): FoundRecord => ({ owner, facts: [{ name: 'status', value: 'SECRET' }] })),
);
const ascii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

test('no record is ever told to an unverified sender or to another than its owner', async () => {
  const ways = fc.record({
    sender: nearlyAna,
    trust: anyTrust,
    replyTo: fc.option(nearlyAna),
    order: anyFound,
    customer: anyFound,
  });
  await fc.assert(
    fc.asyncProperty(ways, async ({ sender, trust, replyTo, order, customer }) => {
      const known = (found: FoundRecord | Error | null, key: string): Known =>
        found === null ? {} : { [key]: found };
      const sheet = await gather(
        [source(known(order, '#1001')), source(known(customer, sender), 'customer')],
        mail({ sender, trust, replyTo }),
      );
      const owns = (found: FoundRecord | Error | null) =>
        found !== null && !(found instanceof Error) && ascii(found.owner ?? '') === ascii(sender);
      const domain = ascii(sender.split('@')[1] ?? '');
      const verified = trust.result === 'pass' && domain !== '' && trust.domain === domain;
      const answered = replyTo === null || ascii(replyTo) === ascii(sender);
      const may = verified && answered;
      expect(sheet.records.map(({ kind }) => kind)).toEqual([
        ...(may && owns(order) ? ['order'] : []),
        ...(may && owns(customer) ? ['customer'] : []),
      ]);
      // What the model reads holds nothing that the sheet does not tell.
      const text = JSON.stringify(factsText(sheet));
      expect(text.includes('SECRET')).toBe(sheet.records.length > 0);
    }),
    { numRuns: 500 },
  );
});

test('an order of another and one that does not exist read alike', () => {
  const sheet = (reason: (typeof withheldReasons)[number]): FactSheet => ({
    records: [],
    orderNumbers: ['#1001'],
    withheld: [{ key: '#1001', reason }],
  });
  expect(factsText(sheet('belongs_to_another'))).toEqual(factsText(sheet('unknown')));
  const words = new Set(withheldReasons.map((reason) => JSON.stringify(factsText(sheet(reason)))));
  expect(words.size).toBe(3);
});

/** What the offline responder answers from replies that were approved for other customers. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { FactSheet } from '../../src/domain/facts.ts';
import type { Responder } from '../../src/domain/responder.ts';
import { type IndexedExample, openExampleIndex } from '../../src/responder/example-index.ts';
import { ExamplePool } from '../../src/responder/example-pool.ts';
import { loadMaterial } from '../../src/responder/material.ts';
import { offlineResponder } from '../../src/responder/offline.ts';
import { filled } from '../../src/responder/slots.ts';
import { fixtureFiles, mailInput, settingsFor, silent, writeFolder } from './fixture.ts';

const { signal } = new AbortController();

function orderFacts(...keys: string[]): FactSheet {
  const records = keys.map((key) => ({
    source: 'shop',
    kind: 'order' as const,
    key,
    facts: [{ name: 'status', value: 'on its way' }],
  }));
  return { records, orderNumbers: keys, withheld: [] };
}

describe('placeholders are filled', () => {
  test.each([
    ['Hi [name], yes.', orderFacts(), 'Hi Ada, yes.'],
    ['[number] is [status].', orderFacts('W-1'), 'W-1 is on its way.'],
    ['Nothing to fill.', orderFacts(), 'Nothing to fill.'],
    ['[number] is here.', orderFacts(), null],
    ['[number] is here.', orderFacts('W-1', 'W-2'), null],
    ['See [link].', orderFacts('W-1'), null],
    ['It comes with [other number].', orderFacts('W-1'), null],
  ])('%j', (reply, facts, expected) => {
    expect(filled(reply, mailInput('s', 't', { facts }))).toBe(expected);
  });

  test('by no fact that only has the name of what is hidden', () => {
    const record = { source: 'shop', kind: 'order' as const, key: 'W-1' };
    const told = [{ name: 'date', value: '2026-10-01' }];
    const facts = { records: [{ ...record, facts: told }], orderNumbers: [], withheld: [] };
    expect(filled('It arrives on [date].', mailInput('s', 't', { facts }))).toBeNull();
  });

  test('by no name that does not look like one', () => {
    const customer = { name: 'info@shop 24', address: 'info@shop.test' };
    expect(filled('Hi [name],', mailInput('s', 't', { customer }))).toBeNull();
  });
});

describe('a reply that was approved for others', () => {
  let pool: ExamplePool;
  let responder: Responder;
  beforeAll(async () => {
    await using folder = await writeFolder(fixtureFiles);
    pool = new ExamplePool();
    const material = await loadMaterial({ ...settingsFor(folder.path), pool }, silent);
    const index = await openExampleIndex<IndexedExample>([]);
    await material.pool?.attach(index, material.accepts);
    responder = offlineResponder(material, index);
    const things = ['lamp', 'clock', 'chair', 'mirror', 'kettle', 'basket'];
    for (const [id, thing] of things.entries())
      pool.add({
        id,
        customer: { name: `Cleo Mint${thing}`, address: `${thing}@customer.test` },
        subject: '',
        mail: `When does order 99000${id} with the ${thing} arrive? It was promised weeks ago.`,
        reply: `Hello Cleo,\n\nyour order 99000${id} is [status], and the ${thing} will be with you soon.`,
        category: 'shipping',
        language: 'en',
        citations: [],
        origin: 'verbatim',
      });
  });

  const text = 'When does my order with the lamp arrive? It was promised weeks ago.';
  const draft = (more: Parameters<typeof mailInput>[2]) =>
    responder.draft(mailInput('', text, more), signal);

  test("goes to another one with that one's own name, number and facts", async () => {
    const { fields } = await draft({ facts: orderFacts('W-1') });
    expect(fields.reply).toBe(
      'Hello Ada,\n\nyour order W-1 is on its way, and the lamp will be with you soon.',
    );
    expect(fields.needsPerson).toBe(false);
  });

  test('goes to nobody of whose order nothing may be told', async () => {
    const { fields } = await draft({});
    expect(fields).toMatchObject({ reply: '', needsPerson: true });
    expect(fields.needsPersonReason).toContain('not known of this customer');
  });

  test('is not shown to its own customer', async () => {
    const customer = { name: 'Cleo Mintlamp', address: 'Lamp@customer.test' };
    const { userTurn } = await draft({ customer, facts: orderFacts('W-1') });
    expect(userTurn).not.toContain('the lamp will be with you');
  });

  test('does not answer what is about something else', async () => {
    const other = mailInput('', 'Do you also teach pottery in the evening?');
    expect((await responder.draft(other, signal)).fields.needsPerson).toBe(true);
  });

  test('with an amount that no policy names is left to a person', async () => {
    pool.add({
      id: 50,
      customer: { name: 'Di', address: 'di@customer.test' },
      subject: '',
      mail: 'When do the twelve silver spoons arrive that were promised?',
      reply: 'They left today; we gave you €77.70 back.',
      category: 'shipping',
      language: 'en',
      citations: [],
      origin: 'verbatim',
    });
    const mail = mailInput('', 'When do the twelve silver spoons arrive that were promised?');
    const { fields } = await responder.draft(mail, signal);
    expect(fields).toMatchObject({ reply: '', needsPerson: true });
  });
});

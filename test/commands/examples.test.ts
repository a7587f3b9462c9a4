/** `replywright examples`: the curated file is looked at and changed, and nothing half-right gets in. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliver } from '../../src/pipeline/deliver.ts';
import { learn } from '../../src/pipeline/learn.ts';
import { parseExamples } from '../../src/responder/examples.ts';
import { repliesAfter } from '../../src/storage/approved-replies.ts';
import { approved } from '../pipeline/outgoing.ts';
import { draftResult, type House, openHouse } from '../support/parts.ts';
import { project } from './examine.ts';
import { runCommand } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** A project with prompts and policies of its own. */
function shop() {
  const cwd = project();
  for (const name of ['prompts', 'policies'])
    cpSync(path.join(root, name), path.join(cwd, name), { recursive: true });
  const file = path.join(cwd, 'prompts/support/examples.yaml');
  const text = () => readFileSync(file, 'utf8');
  const example = (id: string) => parseExamples('x', text()).find((one) => one.id === id);
  writeFileSync(
    path.join(cwd, 'mail.eml'),
    'From: Ana Berg <ana@customer.example>\r\nSubject: Order 4711234\r\n\r\nHello, I am Ana Berg. How long may I keep order 4711234?\r\n',
  );
  writeFileSync(path.join(cwd, 'reply.txt'), 'Hello Ana,\n\n30 days from delivery.\n');
  return { cwd, file, text, example };
}

const examples = (cwd: string, words: readonly string[], env: Record<string, string> = {}) =>
  runCommand(['examples', ...words], { cwd, env });

const adding = ['add', 'mail.eml', '--reply', 'reply.txt', '--id', 'keep-en'];
const inReturns = ['--category', 'returns'];
const quote = 'returns#return-period: You can return any item within 30 days of delivery';

describe('list', () => {
  test('says of each what it is used for', async () => {
    const { cwd } = shop();
    writeFileSync(path.join(cwd, 'policies/refunds.md'), '# R\n\n## When {#when}\nSoon.\n');
    await examples(cwd, ['exclude', 'tracking-stuck-en']);
    const { code, out } = await examples(cwd, ['list']);
    expect(code).toBe(0);
    expect(out).toMatch(/^where-is-my-order-en +en +shipping +in every request +shipping#/m);
    expect(out).toMatch(/^tracking-stuck-en +en +shipping +evaluation /m);
    expect(out).toMatch(/ outdated .*refunds#/);
    const json = JSON.parse((await examples(cwd, ['list', '--json'])).out);
    expect(json.examples[0]).toEqual({
      ...{ id: 'where-is-my-order-en', language: 'en', category: 'shipping', tags: [] },
      ...{ pinned: true, evaluation: false, inEveryRequest: true, current: true },
      cites: ['shipping#delivery-times', 'shipping#late'],
    });
  });

  test('shows those that come along', async () => {
    const { code, out } = await examples(project(), ['list']);
    expect(code).toBe(0);
    expect(out).toContain('83 examples in');
  });
});

describe('add', () => {
  test('puts placeholders in the place of the customer, and leaves the rest of the file alone', async () => {
    const { cwd, text, example, file } = shop();
    const before = text();
    const cited = ['--cite', quote, '--tag', 'summer'];
    const { code, out, err } = await examples(cwd, [...adding, ...inReturns, ...cited]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('another hash');
    expect(text().startsWith(before)).toBe(true);
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(before);
    expect(example('keep-en')).toEqual({
      ...{ id: 'keep-en', language: 'en', category: 'returns', subject: 'Order [number]' },
      mail: 'Hello, I am [name]. How long may I keep order [number]?',
      reply: 'Hello [name],\n\n30 days from delivery.',
      citations: [
        {
          section: 'returns#return-period',
          quote: 'You can return any item within 30 days of delivery',
        },
      ],
      ...{ about: [], unless: [], tags: ['summer'], pinned: false, evaluation: false },
    });
  });

  test.each<[string, string[], string, string?]>([
    [
      'a quote that no policy has',
      [...inReturns, '--cite', 'returns#return-period: 99 days'],
      'quotes words that do not stand in returns#return-period',
    ],
    [
      'a section that is not there',
      [...inReturns, '--cite', 'returns#x: y'],
      'the section returns#x, which is not there',
    ],
    ['a citation without a section', [...inReturns, '--cite', 'thirty days'], 'is no citation'],
    ['no category', [], 'needs --reply, --id and --category'],
    [
      'a category that is none',
      ['--category', 'Two Words'],
      'lower-case words joined by underscores',
    ],
    [
      'an id twice',
      [...inReturns, '--id', 'tracking-stuck-en'],
      'two examples have the id tracking-stuck-en',
    ],
    [
      'a reply that only this customer can get',
      inReturns,
      'in the place of [link]',
      'See https://x.example/track/1234567',
    ],
    ['no such reply', [...inReturns, '--reply', 'none.txt'], 'cannot be read'],
  ])('%s is refused, and the file stays', async (_what, words, told, reply) => {
    const { cwd, text } = shop();
    if (reply !== undefined) writeFileSync(path.join(cwd, 'reply.txt'), reply);
    const before = text();
    const { code, err } = await examples(cwd, [...adding, ...words]);
    expect(code).toBe(1);
    expect(err).toContain(told);
    expect(text()).toBe(before);
  });

  test("where the folder is Replywright's own, it must be copied first", async () => {
    const before = readFileSync(path.join(root, 'prompts/support/examples.yaml'), 'utf8');
    const { cwd } = shop();
    const bare = project();
    for (const name of ['mail.eml', 'reply.txt'])
      cpSync(path.join(cwd, name), path.join(bare, name));
    const { code, err } = await examples(bare, [...adding, ...inReturns]);
    expect(code).toBe(1);
    expect(err).toContain(`First copy ${root}/prompts to ${bare}/prompts`);
    expect(readFileSync(path.join(root, 'prompts/support/examples.yaml'), 'utf8')).toBe(before);
  });
});

describe('pin, tag and their opposites', () => {
  test('change one example each, and say when every request changes', async () => {
    const { cwd, text, example } = shop();
    const before = text();
    const unpinned = await examples(cwd, ['unpin', 'where-is-my-order-en']);
    expect(unpinned.out).toContain('The pinned examples are others now');
    expect(example('where-is-my-order-en')?.pinned).toBe(false);
    await examples(cwd, ['pin', 'where-is-my-order-en']);
    expect(text()).toBe(before);
    await examples(cwd, ['tag', 'tracking-stuck-en', 'slow', 'mailbox:support']);
    expect(example('tracking-stuck-en')?.tags).toEqual(['slow', 'mailbox:support']);
    const kept = await examples(cwd, ['pin', 'tracking-stuck-en']);
    expect(kept).toMatchObject({ code: 1, err: expect.stringContaining('kept to one mailbox') });
    await examples(cwd, ['untag', 'tracking-stuck-en', 'slow', 'mailbox:support']);
    expect(text()).toBe(before);
  });

  test('what is not there is told, with what may be meant', async () => {
    const { code, err } = await examples(shop().cwd, ['pin', 'traking-stuck-en']);
    expect(code).toBe(1);
    expect(err).toContain('tracking-stuck-en');
  });
});

test('remove takes the example out, and its words stay with those that borrow them', async () => {
  const { cwd, text, example } = shop();
  const words = example('where-is-my-order-en')?.about;
  const borrower = parseExamples('x', text()).find(
    ({ id, about }) =>
      id !== 'where-is-my-order-en' && JSON.stringify(about) === JSON.stringify(words),
  );
  const { code } = await examples(cwd, ['remove', 'where-is-my-order-en']);
  expect(code).toBe(0);
  expect(example('where-is-my-order-en')).toBeUndefined();
  expect(example(borrower?.id ?? '')?.about).toEqual(words);
  expect((await runCommand(['prompts', 'check'], { cwd })).code).toBe(0);
});

test('exclude unpins, and what is excluded cannot be pinned', async () => {
  const { cwd, example } = shop();
  const { out } = await examples(cwd, ['exclude', 'where-is-my-order-en']);
  expect(out).toContain('The pinned examples are others now');
  expect(example('where-is-my-order-en')).toMatchObject({ pinned: false, evaluation: true });
  const { code, err } = await examples(cwd, ['pin', 'where-is-my-order-en']);
  expect({ code, told: err.includes('examples include where-is-my-order-en') }).toEqual({
    code: 1,
    told: true,
  });
  await examples(cwd, ['include', 'where-is-my-order-en']);
  expect(example('where-is-my-order-en')?.evaluation).toBe(false);
});

describe('of a draft', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(async () => {
    await house.drop();
  });

  /** The draft of a reply that was approved and sent. */
  async function sent(text: string): Promise<number> {
    const { deliveryId, message } = await approved(house, {
      text,
      result: draftResult({ citations: [] }),
    });
    await deliver(house.deliverParts, deliveryId);
    await learn(house, deliveryId);
    const row = house.db.selectFrom('draft').select('id').where('message_id', '=', message.id);
    return (await row.executeTakeFirstOrThrow()).id;
  }
  const own = () => ({ DATABASE_URL: house.database.url });

  test('an approved reply that was sent is taken over without its customer', async () => {
    const { cwd, example } = shop();
    const id = await sent('Hello Ana,\n\nthe kettle comes tomorrow.');
    const { code, err } = await examples(cwd, ['add', '--from-draft', String(id)], own());
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(example(`draft-${id}`)).toMatchObject({
      category: 'order',
      language: 'en',
      reply: 'Hello [name],\n\nthe kettle comes tomorrow.',
    });
  });

  test('one that names what is only this customer’s needs another reply', async () => {
    const { cwd, text } = shop();
    const before = text();
    const id = await sent('Write to ana.new@customer.example on 2026-12-24.');
    const words = ['add', '--from-draft', String(id)];
    const { code, err } = await examples(cwd, words, own());
    expect(code).toBe(1);
    expect(err).toContain('--reply');
    expect(text()).toBe(before);
    expect((await examples(cwd, [...words, '--reply', 'reply.txt'], own())).code).toBe(0);
  });

  test.each(['999999', 'x'])('draft %s is not there', async (id) => {
    const { code, err } = await examples(shop().cwd, ['add', '--from-draft', id], own());
    expect(code).toBe(1);
    expect(err).toContain(id);
  });

  test('its reply can be kept for measuring, and given back', async () => {
    const { cwd } = shop();
    const id = await sent('We look after it.');
    const found = async () =>
      (await repliesAfter(house.db, 0, 100)).some(({ reply }) => reply === 'We look after it.');
    const { code, out } = await examples(cwd, ['exclude', '--from-draft', String(id)], own());
    expect(code).toBe(0);
    expect(out).toContain('serves as no example');
    expect(await found()).toBe(false);
    expect((await examples(cwd, ['add', '--from-draft', String(id)], own())).code).toBe(1);
    await examples(cwd, ['include', '--from-draft', String(id)], own());
    expect(await found()).toBe(true);
    expect((await examples(cwd, ['exclude', '--from-draft', '999999'], own())).code).toBe(1);
  });
});

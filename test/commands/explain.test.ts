/** `replywright draft --explain` gives back what was sent, byte for byte, and says what has changed. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Responders } from '../../src/app/responders.ts';
import { loadConfig } from '../../src/config.ts';
import type { ResponderShelf } from '../../src/pipeline/choose-responder.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { draftShadow } from '../../src/pipeline/shadow.ts';
import { setRollout } from '../../src/storage/rollouts.ts';
import { queued } from '../pipeline/drafting.ts';
import { callingResponder, identity, systemText } from '../support/model-calls.ts';
import { startModelStub } from '../support/model-stub/server.ts';
import { type House, openHouse, silentLog, takeJobs } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const never = new AbortController().signal;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});

/** A shop with prompts and policies of its own; its prompt is not released yet. */
function shopFolder(): string {
  const cwd = temporaryFolder({
    'replywright.yaml': `shop: {name: Shop}
mailboxes:
  - {name: support, address: help@shop.example, folder: in, outbox: out, responder: own}
responders: [{name: own, prompt: support/new}]
`,
  });
  for (const folder of ['prompts', 'policies'])
    cpSync(path.join(root, folder), path.join(cwd, folder), { recursive: true });
  cpSync(path.join(cwd, 'prompts/support/1.hbs'), path.join(cwd, 'prompts/support/new.hbs'));
  return cwd;
}

const explain = (cwd: string, words: readonly (string | number)[]) =>
  runCommand(['draft', '--explain', ...words.map(String)], {
    cwd,
    env: { DATABASE_URL: house.database.url },
  });

async function draftBy(responders: ResponderShelf): Promise<number> {
  const { draft } = await queued(house, { text: 'Where is my kettle? “Ana” \u2028 €5 & <b>' });
  const parts = { ...house.draftParts, responders };
  await draftReply(parts, { draftId: draft.id, failures: 0 }, never);
  for (const { data } of await takeJobs(house.db, 'shadow')) await draftShadow(parts, data, never);
  return draft.id;
}

/** The responders as the shop's program has them. */
async function opened(cwd: string): Promise<Responders> {
  const responders = new Responders(silentLog);
  await responders.apply(loadConfig({ cwd, env: {} }));
  return responders;
}

describe('a draft by a model', () => {
  test('is explained with the bytes that the endpoint got', async () => {
    const stub = await startModelStub();
    onTestFinished(() => stub.close());
    const cwd = shopFolder();
    const id = await draftBy(shelfOf({ own: callingResponder(stub) }));
    expect(stub.requests).toHaveLength(2);
    for (const [index, { rawBody }] of stub.requests.entries()) {
      const { code, out } = await explain(cwd, [id, '--raw', index + 1]);
      expect({ code, out }).toEqual({ code: 0, out: rawBody });
    }
    const { out: text } = await explain(cwd, [id]);
    for (const { rawBody } of stub.requests) expect(text).toContain(`\n${rawBody}\n`);
    expect(text).toMatch(/^Drafted by {6}own: support\/1, claude-sonnet-5-5$/m);
    expect(text).toContain('Call 2 of 2: critique');
    expect(text).toMatch(/^For this mail +kettle-late-en, pair-7$/m);
    const { out: json } = await explain(cwd, [id, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      draftId: id,
      state: 'ready',
      identity: { hash: identity.hash, prompt: 'support/1' },
      first: { reply: 'Before.' },
      calls: stub.requests.map(({ rawBody }) => ({ request: rawBody, exact: true })),
      again: { same: false },
    });
  });

  test('with its shadow, which has requests of its own', async () => {
    const stub = await startModelStub();
    onTestFinished(() => stub.close());
    await house.db
      .transaction()
      .execute((tx) =>
        setRollout(tx, { mailbox: 'support', kind: 'shadow', setBy: 'kim' }, () =>
          Array<string>(100).fill('bold'),
        ),
      );
    const id = await draftBy(shelfOf({ own: house.responder, bold: callingResponder(stub) }));
    await house.db.deleteFrom('rollout').execute();
    const cwd = shopFolder();
    expect((await explain(cwd, [id])).out).toMatch(/^Shadow {10}bold$/m);
    const { out } = await explain(cwd, [id, '--shadow', '--raw', 1]);
    expect(out).toBe(stub.requests[0]?.rawBody);
  });

  test('is not explained by bytes that were never sent', async () => {
    const stub = await startModelStub();
    onTestFinished(() => stub.close());
    const id = await draftBy(shelfOf({ own: callingResponder(stub) }));
    const content = house.db.updateTable('content');
    await content.set({ body: 'Else.' }).where('body', '=', systemText).execute();
    const { code, err } = await explain(shopFolder(), [id, '--raw', 1]);
    await content.set({ body: systemText }).where('body', '=', 'Else.').execute();
    expect(code).toBe(1);
    expect(err).toContain('no longer gives the bytes that were sent');
  });
});

test('an offline draft shows what it was made from, and can be made again', async () => {
  const cwd = shopFolder();
  const id = await draftBy(await opened(cwd));
  const { code, out } = await explain(cwd, [id]);
  expect(code).toBe(0);
  expect(out).toContain('No model was called.');
  expect(out).toContain('Where is my kettle?');
  expect(out).toMatch(/^The same again +yes: /m);
});

/** Changes one byte of a file of the shop. */
function changeByte(cwd: string, file: string, from: string, to: string): void {
  const whole = path.join(cwd, file);
  const text = readFileSync(whole, 'utf8');
  const changed = text.replace(from, to);
  expect(Buffer.compare(Buffer.from(changed), Buffer.from(text))).not.toBe(0);
  expect(changed).toHaveLength(text.length);
  writeFileSync(whole, changed);
}

describe('one changed byte', () => {
  test.each([
    ['of the prompt', 'prompts/support/new.hbs', 'You ', 'you ', /text of prompt support\/new/],
    ['of a policy', 'policies/shipping.md', 'a', 'e', /the policies/],
    ['of an example', 'prompts/support/examples.yaml', 'Hello', 'Hallo', /the examples/],
  ])(
    '%s is another responder, and the explanation says so',
    async (_what, file, from, to, told) => {
      const cwd = shopFolder();
      const before = await opened(cwd);
      const id = await draftBy(before);
      changeByte(cwd, file, from, to);
      const after = await opened(cwd);
      expect(after.get('own').identity.hash).not.toBe(before.get('own').identity.hash);
      const { again } = JSON.parse((await explain(cwd, [id, '--json'])).out);
      expect(again).toEqual({ same: false, changed: [expect.stringMatching(told)] });
    },
  );

  test('of a released prompt is refused, and the explanation says that', async () => {
    const cwd = shopFolder();
    const yaml = path.join(cwd, 'replywright.yaml');
    writeFileSync(yaml, readFileSync(yaml, 'utf8').replace('support/new', 'support/1'));
    const id = await draftBy(await opened(cwd));
    changeByte(cwd, 'prompts/support/1.hbs', 'You ', 'you ');
    const { out } = await explain(cwd, [id]);
    expect(out).toMatch(/^The same again +no: The released prompt version support\/1 was changed/m);
  });
});

test.each([
  [['999999'], 'There is no draft 999999.'],
  [['x'], '"x" is not the number of a draft'],
  [['999999', '--shadow'], 'There is no shadow draft beside draft 999999.'],
])('what is not there: %j', async (words, told) => {
  const { code, err } = await explain(shopFolder(), words);
  expect(code).toBe(1);
  expect(err).toContain(told);
});

test('a call that was not made', async () => {
  const cwd = shopFolder();
  const id = await draftBy(await opened(cwd));
  const { err } = await explain(cwd, [id, '--raw', 1]);
  expect(err).toContain(`Draft ${id} has 0 kept calls`);
});

test.each([
  [['draft'], 'either a mail to draft for, or a draft'],
  [['draft', 'mail.eml', '--explain', '1'], 'either a mail to draft for, or a draft'],
  [['draft', 'mail.eml', '--raw', '1'], '--raw and --shadow are about a stored draft'],
])('what makes no sense together: %j', async (words, told) => {
  const { code, err } = await runCommand(words, { cwd: temporaryFolder() });
  expect(code).toBe(1);
  expect(err).toContain(told);
});

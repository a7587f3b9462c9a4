/** The doctor names the sent replies whose copy is missing in the Sent folder. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChecks } from '../../src/commands/findings.ts';
import { sentCopiesCheck } from '../../src/commands/sent-copies-check.ts';
import { loadConfig } from '../../src/config.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { copyToSent } from '../../src/pipeline/sent-copy.ts';
import { approved } from '../pipeline/outgoing.ts';
import { openTestDatabase } from '../support/database.ts';
import { type House, openHouse } from '../support/parts.ts';
import { temporaryFolder } from './run-command.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let house: House;
beforeAll(async () => {
  database = await openTestDatabase();
  house = await openHouse({ database });
});
afterAll(() => house.drop());

async function examine(url = database.url) {
  const config = loadConfig({ cwd: temporaryFolder(), env: { DATABASE_URL: url } });
  const [finding] = await runChecks([sentCopiesCheck(config, 'support')], 30);
  return finding;
}

/** A reply that was sent, and whose copy the server did not take. */
async function sentWithoutCopy(reason: string): Promise<number> {
  const { deliveryId } = await approved(house);
  await deliver(house.deliverParts, deliveryId);
  const [name, mailbox] = [...house.mailboxes][0] ?? expect.unreachable();
  const saveSent = () => Promise.reject(new Error(reason));
  const parts = { ...house.deliverParts, mailboxes: new Map([[name, { ...mailbox, saveSent }]]) };
  await expect(copyToSent(parts, deliveryId)).rejects.toThrow(reason);
  return deliveryId;
}

test('counts them, with what went wrong last, until each has its copy', async () => {
  expect(await examine()).toMatchObject({ state: 'ok', fact: 'none is missing' });
  const first = await sentWithoutCopy('no folder');
  expect((await examine())?.fact).toMatch(/^1 sent reply has no copy in Sent, .*no folder/);
  const second = await sentWithoutCopy('over quota');
  expect(await examine()).toMatchObject({
    state: 'open',
    fact: expect.stringMatching(/^2 sent replies have no copy in Sent, .*over quota/),
    mend: expect.stringContaining('tried again'),
  });
  for (const id of [first, second]) await copyToSent(house.deliverParts, id);
  expect(await examine()).toMatchObject({ state: 'ok' });
});

test('knows nothing without a database', async () => {
  expect(await examine('postgres://x@127.0.0.1:1/x')).toMatchObject({ state: 'open' });
});

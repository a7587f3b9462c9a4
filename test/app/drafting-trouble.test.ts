/** What the desk tells of a model that fails, and of a budget that is spent, while the program runs. */

import { afterAll, afterEach, expect, test } from 'vitest';
import { type DraftingSettings, Responders } from '../../src/app/responders.ts';
import { loadConfig } from '../../src/config.ts';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { mailInput, writeFolder } from '../responder/fixture.ts';
import { startModelStub } from '../support/model-stub/server.ts';
import { silentLog } from '../support/parts.ts';

const stub = await startModelStub();
const folder = await writeFolder({});
afterAll(async () => {
  await stub.close();
  await folder[Symbol.asyncDispose]();
});
afterEach(() => stub.reset());

const { signal } = new AbortController();

async function settings(model: Record<string, unknown> = {}): Promise<DraftingSettings> {
  const mailboxes = [{ name: 'box', address: 'box@shop.example', folder: 'in', outbox: 'out' }];
  const written = { shop: { name: 'Shop' }, mailboxes, model: { baseUrl: stub.url, ...model } };
  await folder.write('replywright.yaml', JSON.stringify(written));
  return loadConfig({ cwd: folder.path, env: {} });
}

test('an endpoint that is left alone is told of, also after the settings were read again', async () => {
  const responders = new Responders(silentLog);
  await responders.apply(await settings());
  stub.setSticky({ kind: 'error', status: 529 });
  for (let times = 0; times < 5; times += 1) {
    expect(responders.trouble).toBeNull();
    await responders
      .get(responders.ownOf('box'))
      .draft(mailInput('Hello', 'Where is it?'), signal)
      .catch(() => {});
  }
  expect(responders.trouble).toMatchObject({ everywhere: true });
  expect(responders.trouble?.text).toContain('5 times in a row');
  await responders.apply(await settings());
  expect(responders.trouble).not.toBeNull();
  // Another key may be all that was wrong.
  await responders.apply(await settings({ kind: 'vllm' }));
  expect(responders.trouble).toBeNull();
});

test('a spent day is told of until it is over or the settings change', async () => {
  const responders = new Responders(silentLog);
  await responders.apply(await settings({ budget: { perDayUsd: 1 } }));
  expect(responders.budget).toEqual({ perDayUsd: 1, perMailUsd: null });
  const values = { limit: '$1.00', spent: '$0.99' };
  responders.noteDayOver(new ReplywrightError('budget_day', values, { retryAfterMs: 3_600_000 }));
  expect(responders.trouble).toMatchObject({
    everywhere: false,
    text: expect.stringContaining('$1.00'),
  });
  responders.noteDayOver(new ReplywrightError('budget_day', values, { retryAfterMs: 0 }));
  expect(responders.trouble).toBeNull();
  responders.noteDayOver(new ReplywrightError('budget_day', values, { retryAfterMs: 3_600_000 }));
  await responders.apply(await settings({ budget: { perDayUsd: 2 } }));
  expect(responders.trouble).toBeNull();
});

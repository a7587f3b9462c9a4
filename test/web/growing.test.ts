/** A reply shows in the desk while it is written, and the finished draft takes its place. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DraftWatch } from '../../src/domain/responder.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { launchChromium } from '../support/chromium.ts';
import { arrive, draftResult, newestDraft } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { shelfOf } from '../support/shelf.ts';
import { type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

/** A responder that writes what it is given, and ends when it is told to. */
function writer() {
  const begun = Promise.withResolvers<Required<Pick<DraftWatch, 'onText'>>>();
  const done = Promise.withResolvers<void>();
  const responder = {
    identity: desk.house.responder.identity,
    async draft(_input: unknown, _signal: unknown, watch: DraftWatch = {}) {
      begun.resolve({ onText: (text) => watch.onText?.(text) });
      await done.promise;
      return draftResult({ reply: 'Dear Ana,\n\nyour kettle left us today.' });
    },
  };
  return { responder, begun: begun.promise, finish: () => done.resolve() };
}

async function draftBy(draftId: number, responder: ReturnType<typeof writer>['responder']) {
  const parts = { ...desk.house.draftParts, responders: shelfOf({ own: responder }) };
  await draftReply(parts, { draftId, failures: 0 }, new AbortController().signal);
}

describe.skipIf(!needed.available)('a reply that is being written', () => {
  it('grows on the open page, is not announced, and gives way to the draft', async () => {
    const message = await arrive(desk.house);
    const { id } = await newestDraft(desk.house, message.conversation_id);
    const { responder, begun, finish } = writer();
    const drafting = draftBy(id, responder);
    const { onText } = await begun;
    const path = `/queue/approve/c${message.conversation_id}`;
    const page = await openPage(desk, browser(), path);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    const place = page.locator('[data-growing]');
    const waiting = page.locator('section.waiting');
    const before = await waiting.boundingBox();

    onText('Dear Ana');
    await place.filter({ hasText: 'Dear Ana' }).waitFor();
    expect((await waiting.boundingBox())?.height).toBe(before?.height);
    onText('Dear Ana,\n\nyour <b>kettle</b>');
    await place.filter({ hasText: 'your <b>kettle</b>' }).waitFor();
    expect(await page.locator('section.waiting [aria-live], section.waiting [role]').count()).toBe(
      0,
    );
    expect(await waiting.getAttribute('aria-busy')).toBe('true');

    const late = await openPage(desk, browser(), path);
    await late.locator('[data-growing]').filter({ hasText: 'your <b>kettle</b>' }).waitFor();
    await late.close();

    finish();
    await drafting;
    await page
      .locator('.draft.open [data-reading]')
      .getByText('your kettle left us today.')
      .waitFor();
    expect(await place.count()).toBe(0);
    expect(await desk.house.db.selectFrom('draft_partial').selectAll().execute()).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  });
});

it('nobody reads a text whose attempt is over', async () => {
  const message = await arrive(desk.house);
  const { id } = await newestDraft(desk.house, message.conversation_id);
  const values = { draft_id: id, attempt: 7, text: 'left by a process that died' };
  await desk.house.db.insertInto('draft_partial').values(values).execute();
  const visitor = desk.visitor();
  await visitor.logIn();
  expect((await visitor.get(`/drafts/${id}/partial`)).status).toBe(204);
});

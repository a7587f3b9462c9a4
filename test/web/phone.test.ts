/** The desk on a phone: nothing is cut, and nothing lies over what a thumb wants. */

import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approve } from '../../src/pipeline/review.ts';
import { launchChromium } from '../support/chromium.ts';
import { approvalFor, draftResult } from '../support/parts.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { arriveAndDraft, type OpenDesk, openDesk, openPage } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

const browser = shared(launchChromium);
let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a finger would not hit, because it is outside the screen or under something else. */
async function outOfReach(wanted: Locator): Promise<string[]> {
  const missed: string[] = [];
  for (const each of await wanted.all()) {
    const { x, y, width, height }: Box = (await each.boundingBox()) ?? nowhere;
    const corners = [
      { left: x + 4, top: y + 4 },
      { left: x + width - 4, top: y + height - 4 },
    ];
    for (const corner of corners) {
      const hit = await each.evaluate(
        (element, { left, top }) =>
          element.contains(element.ownerDocument.elementFromPoint(left, top)),
        corner,
      );
      if (!hit) missed.push(`${await each.textContent()} at ${corner.left}, ${corner.top}`);
    }
  }
  return missed;
}

const nowhere: Box = { x: -100, y: -100, width: 0, height: 0 };
const flaw = {
  check: 'amounts',
  passed: false,
  message: 'No policy says it. '.repeat(6),
  spans: [],
};
const long = 'We looked at it, and it is on its way. '.repeat(60);

describe.skipIf(!needed.available)('a planned reply', () => {
  it('is changed without scrolling aside, whatever the customer calls the mail', async () => {
    const subject = `Kettle ${'x'.repeat(80)}`;
    const leaves = 'at_time' as const;
    const at = `${new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)}T09:00`;
    const draft = await arriveAndDraft(desk.house, { subject });
    const approval = await approvalFor(desk.house, draft.id, { leaving: { leaves, at } });
    await approve(desk.house.reviewParts, approval);
    const path = `/queue/sending/c${draft.conversation_id}`;
    const page = await openPage(desk, browser(), path, { viewport: { width: 360, height: 740 } });
    await page.keyboard.press('l');
    await page.getByLabel('At once').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});

describe.skipIf(!needed.available).each([
  [360, 740],
  [390, 844],
])('at %i x %i', (width, height) => {
  it('every view and every action is in reach, and stays so under a toast', async () => {
    desk.house.responder.next = [
      () => draftResult({ reply: long }),
      () => draftResult({ reply: long }, { checks: [flaw, flaw, flaw] }),
    ];
    const draft = await arriveAndDraft(desk.house, { subject: 'First' });
    await arriveAndDraft(desk.house, { subject: 'Flawed' });
    const path = `/queue/approve/c${draft.conversation_id}`;
    const page = await openPage(desk, browser(), path, { viewport: { width, height } });
    const views = page.locator('.rail a');
    const actions = page.locator('#item form[data-approve] button');
    expect(await views.count()).toBe(9);
    expect(await outOfReach(views)).toEqual([]);
    expect(await outOfReach(actions)).toEqual([]);
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.locator('#toasts').getByText('Approved').waitFor();
    await page.locator('#subject', { hasText: 'Flawed' }).waitFor();
    expect(await actions.count()).toBe(3);
    for (const wanted of [views, actions, page.locator('#subject'), page.locator('#toasts button')])
      expect(await outOfReach(wanted)).toEqual([]);
    await page.locator('.back').click();
    await page.locator('#list').waitFor();
    const rows = page.locator('#list li:first-child a');
    expect(await outOfReach(rows)).toEqual([]);
  });
});

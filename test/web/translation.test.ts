/** The offer to translate: only where somebody can, beside the mail, and never in the reply. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { Responder } from '../../src/domain/responder.ts';
import { launchChromium } from '../support/chromium.ts';
import { draftResult } from '../support/parts.ts';
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

async function german() {
  desk.house.responder.next = [
    () => draftResult({ language: 'de', reply: 'Er ist unterwegs.', citations: [] }),
  ];
  return await arriveAndDraft(desk.house, { text: 'Wo ist mein Kessel?' });
}

const translating = (): Responder => desk.house.responder;

describe.skipIf(!needed.available)('in a browser', () => {
  it('one key shows mail and draft in English; a failure is told, and the reply stays as it is', async () => {
    const draft = await german();
    const path = `/queue/approve/c${draft.conversation_id}`;
    const without = await openPage(desk, browser(), path);
    expect(await without.locator('[data-do=translate]').count()).toBe(0);
    await without.close();

    const failure = new ReplywrightError('model_garbage', { detail: 'no' });
    translating().translate = () => Promise.reject(failure);
    const page = await openPage(desk, browser(), path);
    await page.keyboard.press('x');
    await page.locator('#notices').getByText(failure.message).waitFor();

    const text = { mail: 'Where is my <b>kettle</b>?', reply: 'It is on its way.' };
    translating().translate = async () => text;
    await page.keyboard.press('Escape');
    await page.keyboard.press('x');
    const shown = page.locator('.translation');
    await shown.getByText('Where is my <b>kettle</b>?').waitFor();
    expect(await shown.getByText('It is on its way.').count()).toBe(1);
    expect(await page.locator('textarea[name=text]').inputValue()).toBe('Er ist unterwegs.');
    await page.reload();
    await shown.waitFor();
    await page.close();
    delete translating().translate;
  });
});

it('nothing is offered where the mail is in the reviewer’s language', async () => {
  translating().translate = async () => ({ mail: '', reply: '' });
  const draft = await arriveAndDraft(desk.house);
  const visitor = desk.visitor();
  await visitor.logIn();
  const page = await visitor.text(`/queue/approve/c${draft.conversation_id}`);
  expect(page).not.toContain('data-do="translate"');
  delete translating().translate;
});

/** The mailboxes on the desk: told on every page, live, and looked at now when a person asks. */

import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplywrightError } from '../../src/domain/errors.ts';
import type { ChangeEvent } from '../../src/domain/events.ts';
import { recordRead, recordTaking, recordTrouble } from '../../src/storage/mailbox-health.ts';
import { holdLease, keepWatching } from '../../src/storage/mailboxes.ts';
import { launchChromium } from '../support/chromium.ts';
import { allRequirements } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';
import { asFragment, type OpenDesk, openDesk, openPage, type Visitor } from './desk-fixture.ts';

const needed = await allRequirements('chromium');

let desk: OpenDesk;
let mara: Visitor;
let id = 0;
beforeAll(async () => {
  desk = await openDesk();
  mara = desk.visitor();
  await mara.logIn();
  id = desk.house.mailbox.id;
  await holdLease(desk.house.db, id, 'me', 3_600);
});
afterAll(() => desk.drop());

const soon = () => new Date(Date.now() + 60_000);
const well = () => recordRead(desk.house.db, id, { waiting: 0, left: null, nextLookAt: soon() });
const refused = () =>
  recordTrouble(
    desk.house.db,
    id,
    new ReplywrightError('imap_credentials', { host: 'mail.example', mailbox: 'help' }),
    soon(),
  );

describe('a mailbox', () => {
  it('is told on every page when it needs a person, and in full on its own', async () => {
    await refused();
    for (const path of ['/queue/approve', '/queue/sent', '/sandbox', '/mailboxes'])
      expect(await mara.text(path)).toMatch(
        /role="alert">\s*<p class="alarm">.*support brings no mail[\s\S]*refuses/,
      );
    const page = await mara.text('/mailboxes');
    for (const words of ['login refused', 'In trouble since', 'Next try', 'Check now'])
      expect(page).toContain(words);
    const part = await mara.text('/mailboxes', asFragment);
    expect(part).toMatch(/^<div id="mailbox-details"/);
    await well();
    expect(await mara.text('/queue/approve')).not.toContain('class="alarm"');
  });

  it('that is in no settings any more is nobody’s concern', async () => {
    const other = await openDesk();
    await keepWatching(other.house.db, []);
    const visitor = other.visitor();
    await visitor.logIn();
    expect(await visitor.text('/mailboxes')).not.toContain('class="mailbox"');
    const health = await (await visitor.get('/healthz')).json();
    expect(health).toMatchObject({ mail: 'ok', mailboxes: [] });
    await other.drop();
  });

  it('is told to machines without a word about people', async () => {
    await refused();
    const answer = await desk.visitor().get('/healthz?mail');
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      ...{ ok: true, mail: 'alarm' },
      mailboxes: [{ name: 'support', ok: false, error: 'imap_credentials', alarm: true }],
    });
    expect(text).not.toContain('@');
    expect((await desk.visitor().get('/healthz')).status).toBe(200);
    await well();
  });

  it('is looked at now when a person asks, and one that is not there is not found', async () => {
    const heard = Promise.withResolvers<ChangeEvent>();
    const end = desk.parts.changes.subscribe((event) => {
      if (event.kind === 'mailbox_check') heard.resolve(event);
    });
    expect((await mara.post(`/mailboxes/${id}/check`)).status).toBe(303);
    expect(await heard.promise).toEqual({ kind: 'mailbox_check', mailboxId: id });
    end();
    const toast = await mara.post(`/mailboxes/${id}/check`, {}, asFragment);
    expect(await toast.text()).toContain('Looking now');
    expect((await mara.post('/mailboxes/999/check')).status).toBe(404);
  });
});

describe.skipIf(!needed.available)('an open page', () => {
  const browser = shared(launchChromium);

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('is accessible while it is an alarm: %s, %i wide', async (colorScheme, width) => {
    await refused();
    const options = { colorScheme, viewport: { width, height: 800 } };
    const page = await openPage(desk, browser(), '/mailboxes', options);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual(
      [],
    );
    expect(
      await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
    ).toBeLessThanOrEqual(0);
    await page.close();
  });

  it('follows trouble, progress and recovery by itself', async () => {
    await well();
    const page = await openPage(desk, browser(), '/mailboxes');
    const alarm = page.locator('#alarm .alarm');
    const chip = page.locator('#mailbox-details .chip');
    const card = page.locator('#mailboxes .mailbox-card');
    await chip.filter({ hasText: 'live' }).waitFor();
    expect(await alarm.count()).toBe(0);
    await refused();
    await alarm.filter({ hasText: 'support brings no mail' }).waitFor();
    await chip.filter({ hasText: 'login refused' }).waitFor();
    await card.filter({ hasText: 'next try in' }).waitFor();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.locator('.toast', { hasText: 'Looking now' }).waitFor();
    await well();
    await alarm.waitFor({ state: 'detached' });
    await recordTaking(desk.house.db, id, { done: 1_200, total: 5_000 });
    await card.filter({ hasText: 'taking in 1,200 of 5,000' }).waitFor();
    await chip.filter({ hasText: 'taking in 1,200 of 5,000' }).waitFor();
    await page.close();
  });
});

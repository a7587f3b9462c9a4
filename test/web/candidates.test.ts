/** Past replies in the desk: one at a time, accepted, left or taken back; and mail answered elsewhere. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { candidatesOf, sentElsewhere } from '../pipeline/sent-mail.ts';
import { arrive, draftRow, newestDraft, newId } from '../support/parts.ts';
import {
  arriveAndDraft,
  asFragment,
  type OpenDesk,
  openDesk,
  type Visitor,
} from './desk-fixture.ts';

let desk: OpenDesk;
let mara: Visitor;
beforeAll(async () => {
  desk = await openDesk();
  mara = desk.visitor();
  await mara.logIn();
});
beforeEach(async () => {
  await desk.house.db.deleteFrom('candidate').execute();
});
afterAll(() => desk.drop());

/** A customer's mail that a colleague answered from another mail program. */
async function answeredElsewhere(subject: string) {
  const messageId = newId();
  const draft = await arriveAndDraft(desk.house, { subject, messageId });
  await sentElsewhere(desk.house, { inReplyTo: messageId, text: `About ${subject}.` });
  return draft;
}

describe('past replies', () => {
  const state = async (messageId: number) =>
    (await candidatesOf(desk.house, messageId)).map((row) => [row.state, row.decided_by !== null]);

  it('shows one after the other, keeps what is decided, and takes it back', async () => {
    const [first, second] = [await answeredElsewhere('Lamp'), await answeredElsewhere('Chair')];
    const page = await mara.text('/candidates');
    expect(page).toContain('About Lamp.');
    expect(page).toContain('2 replies wait for a decision');
    const url = /\/candidates\/\d+\/decide/.exec(page)?.[0] ?? '';
    const next = await mara.post(url, { verdict: 'accepted' }, asFragment);
    const fragment = await next.text();
    expect(fragment).not.toContain('<html');
    expect(fragment).toContain('Accepted: Lamp');
    expect(fragment).toContain('About Chair.');
    expect(await state(first.message_id)).toEqual([['accepted', true]]);
    const back = await mara.post(url, { verdict: 'offered' });
    expect(back.status).toBe(303);
    expect(await mara.text(back.headers.get('location') ?? '')).toContain('About Lamp.');
    expect(await state(first.message_id)).toEqual([['offered', false]]);
    await mara.post(url, { verdict: 'declined' });
    expect(await state(first.message_id)).toEqual([['declined', true]]);
    expect(await state(second.message_id)).toEqual([['offered', false]]);
  });

  it('says that none waits', async () => {
    expect(await mara.text('/candidates')).toContain('No reply waits for a decision');
  });

  it('refuses a second decision, and one on nothing', async () => {
    await answeredElsewhere('Kettle');
    const url = /\/candidates\/\d+\/decide/.exec(await mara.text('/candidates'))?.[0] ?? '';
    await mara.post(url, { verdict: 'accepted' });
    expect((await mara.post(url, { verdict: 'declined' })).status).toBe(409);
    expect((await mara.post('/candidates/999999/decide', { verdict: 'accepted' })).status).toBe(
      404,
    );
    expect((await mara.post(url, { verdict: 'sent' })).status).toBe(400);
  });
});

describe('mail that was answered elsewhere', () => {
  it('says when, lists it apart, and can be answered all the same', async () => {
    const draft = await answeredElsewhere('Table');
    const item = `/queue/elsewhere/c${draft.conversation_id}`;
    expect(await mara.text('/queue/elsewhere')).toContain('Table');
    const html = await mara.text(item);
    expect(html).toContain('Answered from another mail program');
    expect(html).toContain('About Table.');
    expect(html).toContain('from another mail program');
    const still = await mara.post(`/drafts/${draft.id}/still`, { view: 'elsewhere' }, asFragment);
    expect(await still.text()).toContain('A draft is being written');
    expect((await draftRow(desk.house, draft.id)).state).toBe('stale');
    expect((await newestDraft(desk.house, draft.conversation_id)).state).toBe('queued');
  });

  it('offers no reply to what the customer has followed up', async () => {
    const messageId = newId();
    const draft = await arriveAndDraft(desk.house, { subject: 'Sofa', messageId });
    await sentElsewhere(desk.house, { inReplyTo: messageId });
    await arrive(desk.house, { inReplyTo: messageId });
    expect((await mara.post(`/drafts/${draft.id}/still`, {})).status).toBe(409);
  });
});

/** Attaching files to a reply by plain forms: what is answered, shown, given back and refused. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { looseEnclosures } from '../../src/storage/enclosures.ts';
import { newId } from '../support/parts.ts';
import {
  arriveAndDraft,
  asFragment,
  type OpenDesk,
  openDesk,
  type Upload,
  type Visitor,
} from './desk-fixture.ts';

let desk: OpenDesk;
let visitor: Visitor;
beforeAll(async () => {
  desk = await openDesk();
  visitor = desk.visitor();
  await visitor.logIn();
});
afterAll(() => desk.drop());

const files = (conversationId: number) => looseEnclosures(desk.house.db, conversationId);

const namesOf = async (conversationId: number) =>
  (await files(conversationId)).map(({ filename }) => filename);

const upload = (draftId: number, given: readonly Upload[], headers = {}) =>
  visitor.upload(`/drafts/${draftId}/enclosures`, given, headers);

describe('a plain form', () => {
  it('attaches several files, shows them, gives them back and removes them', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const answer = await upload(id, [
      ['Rechnung für Ana 請求書.pdf', '%PDF-1.7'],
      ['list.csv', 'a;b'],
    ]);
    expect(answer.status).toBe(303);
    const place = answer.headers.get('location') ?? '';
    expect(place).toBe(`/queue/approve/c${conversationId}`);
    const [first, second] = await files(conversationId);
    const page = await visitor.text(place);
    expect(page).toContain('Rechnung für Ana 請求書.pdf');
    expect(page).toContain('list.csv');

    const download = await visitor.get(`/enclosures/${first?.id}`);
    expect(await download.text()).toBe('%PDF-1.7');
    expect(download.headers.get('content-type')).toBe('application/octet-stream');
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8/);
    expect(download.headers.get('content-security-policy')).toContain('sandbox');

    const removed = await visitor.post(`/enclosures/${second?.id}/remove`, { view: 'approve' });
    expect(removed.headers.get('location')).toBe(place);
    expect(await namesOf(conversationId)).toEqual(['Rechnung für Ana 請求書.pdf']);
    const again = await visitor.post(`/enclosures/${second?.id}/remove`, {}, asFragment);
    expect(again.status).toBe(404);
  });

  it('without a file changes nothing', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    expect((await upload(id, [['', '']])).status).toBe(303);
    expect(await files(conversationId)).toEqual([]);
  });

  it.each<[number, string, Upload[]]>([
    [422, 'mail servers refuse', [['setup.exe', 'MZ']]],
    [413, 'is larger than 2 MB', [['big.bin', Buffer.alloc(2_500_000)]]],
    [
      413,
      'would be more than 3 MB',
      [
        ['one.bin', Buffer.alloc(1_900_000)],
        ['two.bin', Buffer.alloc(1_900_000)],
      ],
    ],
    [422, 'it is empty', [['empty.txt', '']]],
  ])('is answered with %i and why: %s', async (status, words, given) => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const answer = await upload(id, [...given, ['after.txt', 'never looked at']], asFragment);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('hx-retarget')).toBe('#notices');
    expect(await answer.text()).toContain(words);
    expect(await namesOf(conversationId)).toEqual(given.slice(0, -1).map(([name]) => name));
  });

  it('that is none, or for no draft, is refused', async () => {
    const { id } = await arriveAndDraft(desk.house);
    expect((await visitor.post(`/drafts/${id}/enclosures`, { view: 'approve' })).status).toBe(400);
    expect((await upload(999_999, [['a.txt', 'a']])).status).toBe(404);
  });

  it('that breaks off leaves nothing', async () => {
    const { id, conversation_id: conversationId } = await arriveAndDraft(desk.house);
    const socket = connect(desk.listening.port, '127.0.0.1');
    const part = 'Content-Disposition: form-data; name="files"; filename="half.bin"';
    socket.write(
      [
        `POST /drafts/${id}/enclosures HTTP/1.1`,
        `Host: 127.0.0.1:${desk.listening.port}`,
        `Cookie: ${visitor.cookie}`,
        'Sec-Fetch-Site: same-origin',
        'Content-Type: multipart/form-data; boundary=b',
        'Content-Length: 2000000',
        `\r\n--b\r\n${part}\r\n\r\n${'x'.repeat(700_000)}`,
      ].join('\r\n'),
    );
    const rows = () =>
      desk.house.db
        .selectFrom('enclosure')
        .innerJoin('enclosure_piece', 'enclosure_id', 'enclosure.id')
        .select('number')
        .where('filename', '=', 'half.bin')
        .execute();
    await vi.waitFor(async () => expect(await rows()).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(async () => expect(await rows()).toEqual([]));
    expect(await files(conversationId)).toEqual([]);
  });
});

it('a file that was attached before the customer wrote again says so', async () => {
  const messageId = newId();
  const first = await arriveAndDraft(desk.house, { messageId });
  await upload(first.id, [['a.txt', 'a']]);
  const place = `/queue/approve/c${first.conversation_id}`;
  expect(await visitor.text(place)).not.toContain('from an earlier draft');
  await arriveAndDraft(desk.house, { inReplyTo: messageId });
  expect(await visitor.text(place)).toContain('a.txt</bdi> <small>1 B · from an earlier draft');
});

it('the preview names the files', async () => {
  const { id } = await arriveAndDraft(desk.house);
  await upload(id, [['a "quoted" <name>.txt', 'abc']]);
  const preview = await visitor.post(`/drafts/${id}/preview`, { text: 'Here it is.' });
  expect(await preview.text()).toMatch(
    /<dt>Attached<\/dt><dd><bdi>a .*&lt;name&gt;\.txt<\/bdi> \(3 B\)/,
  );
});

it('an approval by somebody who saw other files sends nothing', async () => {
  const draft = await arriveAndDraft(desk.house);
  const page = await visitor.text(`/queue/approve/c${draft.conversation_id}`);
  const value = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
  const form = {
    text: draft.reply ?? '',
    lastMessageId: draft.message_id,
    shownSha256: value('shownSha256'),
    enclosuresSha256: value('enclosuresSha256'),
  };
  await upload(draft.id, [['a.txt', 'by a colleague']]);
  const refused = await visitor.post(`/drafts/${draft.id}/approve`, form, asFragment);
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('The attachments are not those that were shown to you.');
  expect(refused.headers.get('hx-trigger')).toBe('desk:refresh');
});

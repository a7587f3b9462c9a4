/** The desk's pages over HTTP: what they show, what they refuse, and that nothing in a mail becomes markup. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, draftResult } from '../support/parts.ts';
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
afterAll(() => desk.drop());

/** The hidden fields of the form that approves. */
function fieldsOf(html: string): Record<string, string> {
  const form = /<form[^>]*data-approve[\s\S]*?<\/form>/.exec(html)?.[0] ?? '';
  return Object.fromEntries(
    [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]),
  );
}

describe('deciding', () => {
  it('approves what was shown, goes on, and takes it back', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'First' });
    const page = `/queue/approve/c${draft.conversation_id}`;
    const html = await mara.text(page, asFragment);
    expect(html).toContain('It is on its way.');
    expect(html).not.toContain('<html');
    const approved = await mara.post(`/drafts/${draft.id}/approve`, fieldsOf(html), asFragment);
    const answer = await approved.text();
    expect(approved.status).toBe(200);
    const undo = /\/decisions\/\d+\/undo/.exec(answer)?.[0];
    expect(await mara.text(page)).toContain('Approved as written');
    expect(
      (await mara.post(`${undo}`, { view: 'approve' }, asFragment)).headers.get('hx-push-url'),
    ).toBe(page);
    expect(await mara.text(page, asFragment)).toContain('data-do="approve"');
  });

  it('refuses a text that was not the one shown, and says so in place', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'Second' });
    const fields = fieldsOf(
      await mara.text(`/queue/approve/c${draft.conversation_id}`, asFragment),
    );
    const shownSha256 = 'a'.repeat(64);
    const response = await mara.post(
      `/drafts/${draft.id}/approve`,
      { ...fields, shownSha256 },
      asFragment,
    );
    expect(response.status).toBe(409);
    expect(response.headers.get('hx-retarget')).toBe('#notices');
    expect(response.headers.get('hx-trigger')).toBe('desk:refresh');
  });

  it('asks twice where a check failed', async () => {
    const flaw = {
      check: 'amounts',
      passed: false,
      message: 'No policy says it.',
      spans: [{ start: 0, end: 2 }],
    };
    desk.house.responder.next = [() => draftResult({}, { checks: [flaw] })];
    const draft = await arriveAndDraft(desk.house, { subject: 'Third' });
    const html = await mara.text(`/queue/approve/c${draft.conversation_id}`, asFragment);
    expect(html).toContain('data-do="override"');
    expect(html).not.toContain('data-do="approve"');
    expect(html).toContain('<mark class="flaw" aria-describedby="flaw-1">It</mark>');
    const { override: _left, ...fields } = fieldsOf(html);
    expect((await mara.post(`/drafts/${draft.id}/approve`, fields)).status).toBe(409);
    expect(
      (await mara.post(`/drafts/${draft.id}/approve`, { ...fields, override: 'yes' })).status,
    ).toBe(303);
  });

  it.each([
    ['an edited draft', false],
    ['a reply written for a draft that needs a person', true],
  ])('asks in the editor whether failed checks are overruled: %s', async (_what, needsPerson) => {
    const flaw = { check: 'amounts', passed: false, message: 'No policy says it.', spans: [] };
    const fields = { needsPerson, needsPersonReason: needsPerson ? 'A threat.' : null };
    desk.house.responder.next = [() => draftResult(fields, { checks: [flaw] })];
    const draft = await arriveAndDraft(desk.house, { subject: 'Overrule' });
    const html = await mara.text(`/queue/approve/c${draft.conversation_id}`, asFragment);
    const editor = /<form class="editor"[\s\S]*?<\/form>/.exec(html)?.[0] ?? '';
    expect(editor).toMatch(
      /No policy says it\.[\s\S]*<input type="checkbox" name="override" value="yes">/,
    );
    const pairs = [...editor.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const form = {
      ...Object.fromEntries(pairs.map(([, name, value]) => [name, value])),
      text: 'New.',
    };
    const refused = await mara.post(`/drafts/${draft.id}/approve`, form, asFragment);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('data-code="draft_checks_failed"');
    // The page is not out of date, and must not be drawn anew around what is typed.
    expect(refused.headers.get('hx-trigger')).toBeNull();
    const overruled = { ...form, override: 'yes' };
    expect((await mara.post(`/drafts/${draft.id}/approve`, overruled)).status).toBe(303);
  });

  it('wants a reason for another draft, and none to close a mail', async () => {
    const draft = await arriveAndDraft(desk.house, { subject: 'Fourth' });
    const address = `/drafts/${draft.id}/reject`;
    expect((await mara.post(address, { redraft: 'yes' })).status).toBe(400);
    expect((await mara.post(address, { redraft: 'yes', reasons: ['no_such_reason'] })).status).toBe(
      400,
    );
    const reasons = ['wrong_tone', 'too_long'];
    expect((await mara.post(address, { redraft: 'no', reasons })).status).toBe(303);
    expect(await mara.text(`/queue/approve/c${draft.conversation_id}`)).toContain(
      'Wrong tone, Too long',
    );
  });

  it("treats a filed mail as a person's", async () => {
    const message = await arrive(desk.house, {
      subject: 'News',
      headers: [
        'Precedence: bulk',
        'List-Unsubscribe: <mailto:x@y.example>',
        'List-Id: <news.y.example>',
      ],
    });
    expect(message.state).toBe('automated');
    expect(await mara.text(`/queue/automated/m${message.id}`, asFragment)).toContain(
      'Treat as a person',
    );
    const moved = await mara.post(`/messages/${message.id}/answerable`);
    expect(moved.headers.get('location')).toMatch(/^\/queue\/approve\/c\d+$/);
  });
});

describe('showing', () => {
  const payload = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}`;

  it('shows hostile names, subjects, texts and drafts as text', async () => {
    desk.house.responder.next = [
      () =>
        draftResult(
          {
            reply: `${payload}\n\n${payload}`,
            category: payload,
            language: payload,
            missing: [payload],
            citations: [{ section: payload, quote: payload }],
          },
          {
            checks: [
              { check: payload, passed: false, message: payload, spans: [{ start: 3, end: 9 }] },
            ],
          },
        ),
    ];
    const encoded = `=?utf-8?B?${Buffer.from(payload).toString('base64')}?=`;
    const draft = await arriveAndDraft(desk.house, {
      from: `${encoded} <x@customer.example>`,
      subject: encoded,
      text: payload,
    });
    const html = await mara.text(`/queue/approve/c${draft.conversation_id}`);
    expect(html).toContain('&lt;img src&#x3D;x onerror');
    expect(html).not.toMatch(/<img|<script(?! )|alert\(2\)<\/script>/);
    expect(html).toContain('{{7*7}}');
  });

  it('keeps text exactly, white space too', async () => {
    const reply = 'Dear Ana,\n\n  indented\n\ttabbed\n\nKim';
    desk.house.responder.next = [() => draftResult({ reply })];
    const draft = await arriveAndDraft(desk.house, { subject: 'Exactly' });
    const html = await mara.text(`/queue/approve/c${draft.conversation_id}`);
    expect(html).toContain(`>${reply}</textarea>`);
    expect(fieldsOf(html).text).toBe(reply);
  });

  it('answers 404 for what is not there, as a page and as a notice', async () => {
    expect((await mara.get('/queue/approve/c999999')).status).toBe(404);
    expect((await mara.get('/queue/approve/x')).status).toBe(404);
    expect((await mara.get('/queue/nowhere')).status).toBe(404);
    const notice = await mara.get('/queue/approve/c999999', asFragment);
    expect([notice.status, notice.headers.get('hx-retarget')]).toEqual([404, '#notices']);
  });

  it('hands out attachments and originals as downloads that cannot run', async () => {
    const boundary = 'xyz';
    const message = await arrive(desk.house, {
      headers: ['MIME-Version: 1.0', `Content-Type: multipart/mixed; boundary=${boundary}`],
      text: [
        `--${boundary}`,
        'Content-Type: text/plain',
        '',
        'See the file.',
        `--${boundary}`,
        'Content-Type: text/plain; name="../page.txt"',
        'Content-Disposition: attachment; filename="../page.txt"',
        '',
        'Hello.',
        `--${boundary}--`,
      ].join('\r\n'),
    });
    for (const path of [`/messages/${message.id}/attachments/0`, `/messages/${message.id}/raw`]) {
      const { status, headers } = await mara.get(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/octet-stream');
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="?(?:_page\.txt|message-\d+\.eml)"?$/,
      );
      expect(headers.get('content-security-policy')).toContain('sandbox');
    }
  });

  it('frames the HTML of a mail under a policy that lets nothing run or load', async () => {
    const message = await arrive(desk.house, {
      headers: ['MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8'],
      text: '<p>Hello <b>you</b></p><script>alert(1)</script><img src="https://tracker.example/x.png">',
    });
    const response = await mara.get(`/messages/${message.id}/html`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'self'; sandbox$/);
    expect(policy).not.toMatch(/unsafe|https?:/);
    const html = await response.text();
    expect(html).toContain('<b>you</b>');
    expect(html).not.toMatch(/script|tracker/);
  });
});

describe('the rest', () => {
  it('is healthy', async () => {
    const response = await desk.visitor().get('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      ...{ ok: true, database: 'ok', version: '1.2.3' },
      drafting: 'ok',
    });
  });

  it('tells open pages of changes, and ends their streams when it closes', async () => {
    const response = await mara.get('/events');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hear = async (words: string) => {
      while (!heard.includes(words)) {
        const read = await reader?.read();
        if (read?.value === undefined) throw new Error(`The stream ended after: ${heard}`);
        heard += read.value;
      }
    };
    await hear('event: desk:hello');
    const { conversation_id: id } = await arriveAndDraft(desk.house, { subject: 'Live' });
    await hear(`data: {"kind":"draft","conversation":${id}}`);
    await mara.post('/logout');
    while (!(await reader?.read())?.done);
    await mara.logIn();
  });

  it('delivers what is typed in the sandbox, once it is a mail', async () => {
    const mail = {
      fromName: 'Ana',
      fromAddress: 'ana@customer.example',
      subject: 'Hi',
      text: 'Hello',
    };
    expect((await mara.post('/sandbox/mail', { ...mail, fromAddress: 'nowhere' })).status).toBe(
      400,
    );
    expect((await mara.post('/sandbox/mail', mail)).status).toBe(303);
    expect(desk.typed).toEqual([mail]);
  });

  it('serves its files for ever under their name, and no others', async () => {
    const link = /\/assets\/\w+\/desk\.css/.exec(await mara.text('/queue/approve'))?.[0];
    const css = await desk.visitor().get(`${link}`, { 'accept-encoding': 'br' });
    expect(css.headers.get('cache-control')).toContain('immutable');
    expect((await desk.visitor().get('/assets/x/..%2f..%2fserver.ts')).status).toBe(404);
    expect((await desk.visitor().get('/assets/x/base.css')).status).toBe(404);
  });
});

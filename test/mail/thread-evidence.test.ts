/** Thread evidence: the names a mail gives to what it answers, and the ids that servers report. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  newMessageId,
  ownMessageIds,
  replyAddress,
  reportedIds,
} from '../../src/mail/message-id.ts';
import { parseMail } from '../../src/mail/parse.ts';
import { threadEvidence } from '../../src/mail/thread-evidence.ts';

const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
const own = `<rw.${uuid}@shop.example>`;

/** The evidence of a mail with these header lines. */
async function evidence(...lines: string[]) {
  const mail = await parseMail(
    Buffer.from(`From: ana@customer.example\r\n${lines.join('\r\n')}\r\n\r\nHi\r\n`),
  );
  return threadEvidence(mail, ['shop.example']);
}

describe('threadEvidence', () => {
  it('names what is answered, the nearest first, then the token of a plus address', async () => {
    const { names } = await evidence(
      'To: Help <help+rw.0f8fad5bd9cb469fa16570867728950e@shop.example>',
      'References: <a@x.example> <b@x.example>',
      'In-Reply-To: <c@x.example>',
    );
    const wanted = ['<c@x.example>', '<b@x.example>', '<a@x.example>', own];
    expect(names.filter((name) => wanted.includes(name))).toEqual(wanted);
  });

  it.each([
    [
      'folded in its middle',
      `In-Reply-To: <rw.0f8fad5b-d9cb\r\n -469f-a165-70867728950e@shop.example>`,
    ],
    ['without brackets', `In-Reply-To: rw.${uuid}@shop.example`],
    ['under another domain', `In-Reply-To: <rw.${uuid}@gateway.example>`],
    ['in capitals', `In-Reply-To: <RW.${uuid.toUpperCase()}@GATEWAY.EXAMPLE>`],
    ['in a field of a gateway', `X-Original-Message-ID: ${own}`],
  ])('knows an id of ours %s', async (_what, line) => {
    expect((await evidence(line)).names).toContain(own);
  });

  it('never names the mail itself, nor looks at Thread-Index', async () => {
    const lines = [
      'Message-ID: <me@x.example>',
      'References: <me@x.example>',
      'Thread-Index: AdR0',
    ];
    expect((await evidence(...lines)).names).toEqual(['me']);
  });

  it.each([
    ['Re: Kettle', true, false],
    ['Kettle', false, false],
    ['[EXTERNAL] AW: Kettle', true, false],
    ['Order 48213', false, true],
    ['Order #1042', false, true],
    ['Sale 2026', false, false],
    ['Room 12', false, false],
  ])('%s: a reply %s, one matter %s', async (subject, isReply, namesMatter) => {
    expect(await evidence(`Subject: ${subject}`)).toMatchObject({ isReply, namesMatter });
  });

  it('stays small whatever a mail names', async () => {
    const bomb = Array.from({ length: 3_000 }, (_, at) => `<${at}@bomb.example>`).join('\r\n ');
    const { names } = await evidence(`References: ${bomb}`, `In-Reply-To: ${bomb}`);
    expect(names.length).toBeLessThan(1_000);
  });
});

describe('what a server says', () => {
  it.each([
    ['250 Ok 0102019a-6c1f2d3e-000000', ['0102019a-6c1f2d3e-000000']],
    [
      '250 2.0.0 OK <DB7PR01@DB7.outlook.example> [Hostname=DB7.outlook.example]',
      ['<DB7PR01@DB7.outlook.example>'],
    ],
    ['250 2.0.0 Ok: queued as 4XyZ1a', []],
    ['250 Great success', []],
    ['written to 0123456789abcdef0123456789abcdef.eml', []],
    ['', []],
  ])('%s', (response, expected) => {
    expect(reportedIds(response)).toEqual(expected);
  });

  it('is read without a throw, and gives a few words at most', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (response) => {
        expect(reportedIds(response).length).toBeLessThanOrEqual(5);
      }),
    );
  });
});

describe('replyAddress', () => {
  it('carries the random part of the id, and gives it back', async () => {
    const id = newMessageId('shop.example', uuid);
    const address = replyAddress('help@shop.example', id);
    expect(address).toBe('help+rw.0f8fad5bd9cb469fa16570867728950e@shop.example');
    expect((await evidence(`Delivered-To: ${address}`)).names).toContain(id);
  });

  it.each([
    ['an id that is not ours', 'help@shop.example', '<x@y.example>'],
    ['a local part without room for it', `${'h'.repeat(30)}@shop.example`, own],
  ])('is none for %s', (_what, address, id) => {
    expect(replyAddress(address, id)).toBeNull();
  });
});

it('an id of somebody else is none of ours', () => {
  expect(ownMessageIds('<abc@x.example>', ['shop.example'])).toEqual([]);
});

/** Wherever the mail server breaks off: the reply arrives once, or waits for a person who can know. */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openTransport } from '../../src/mail/smtp.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { deliveryRow, type House, openHouse, silentLog, takeJobs } from '../support/parts.ts';
import {
  type SmtpAction,
  type SmtpDouble,
  type SmtpPoint,
  startSmtpDouble,
} from '../support/smtp-double.ts';
import { approved } from './outgoing.ts';

let house: House;
let server: SmtpDouble;
const user = 'help@shop.example';
const password = 'secret';

beforeAll(async () => {
  house = await openHouse();
  server = await startSmtpDouble({ login: { user, password } });
  const smtp = { host: '127.0.0.1', port: server.port, security: 'none', user, password } as const;
  const settings = { kind: 'smtp', smtp: { ...smtp, caFile: null, timeoutSeconds: 20 } } as const;
  const mailbox = house.mailboxes.get(house.mailbox.name);
  if (mailbox === undefined) throw new Error('the house has no mailbox');
  mailbox.transport = openTransport(settings, silentLog);
});
afterEach(() => server.clearScript());
afterAll(async () => {
  await server.close();
  await house.drop();
});

const breakPoints: [SmtpPoint, SmtpAction][] = [
  ['connect', 'drop'],
  ['banner', 'reset'],
  ['banner', { reply: 421 }],
  ['ehlo', 'drop'],
  ['auth', 'drop'],
  ['auth', { reply: 454 }],
  ['mail', 'drop'],
  ['mail', { reply: 451 }],
  ['rcpt', 'reset'],
  ['rcpt', { reply: 450 }],
  ['data', 'drop'],
  ['data', { reply: 421 }],
  ['body', 'drop'],
  ['dot', 'drop'],
  ['dot', { reply: 452 }],
  ['accepted', 'drop'],
];

const bodies = { small: 'It ships today.', large: 'It ships today.\n'.repeat(6_000) };

/** An approved reply, tried again for as long as Replywright itself wants to. */
async function sendThrough(text: string): Promise<{ state: string; copies: number }> {
  const { deliveryId } = await approved(house, { text });
  for (let tries = 0; tries < 3; tries += 1) {
    await deliver(house.deliverParts, deliveryId);
    if ((await takeJobs(house.db, 'deliver')).length === 0) break;
  }
  const { state, header_message_id: id } = await deliveryRow(house, deliveryId);
  const copies = server.accepted.filter(({ raw }) => raw.includes(`Message-ID: ${id}`)).length;
  return { state, copies };
}

const cases = breakPoints.flatMap(([point, action]) =>
  Object.entries(bodies).map(([size, text]) => ({ point, action, size, text })),
);
const parked: string[] = [];

test.each(cases)('$size mail, $action at $point', async ({ point, action, size, text }) => {
  server.script(point, action);
  const { state, copies } = await sendThrough(text);
  if (state === 'uncertain' && copies === 0) parked.push(`${size} ${point}`);
  expect(['sent', 'uncertain']).toContain(state);
  expect(copies).toBe(state === 'sent' || point === 'accepted' ? 1 : 0);
});

test('only a mail whose final dot was on its way is parked without need', () => {
  expect(parked.toSorted()).toEqual(['large dot', 'small dot']);
});

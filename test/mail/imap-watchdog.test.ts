/** The watchdog against a real Dovecot: half-open connections, and mail that is already read. */

import { describe, expect, it } from 'vitest';
import type { ReplywrightError } from '../../src/domain/errors.ts';
import { requirement } from '../support/requirements.ts';
import { eachMail } from './each-mail.ts';
import { imapMailboxes, mailText } from './imap-fixture.ts';

const { available } = await requirement('dovecot');

describe.skipIf(!available)('IMAP', () => {
  const box = imapMailboxes();
  const { append, appendOld, open } = box;

  it('cuts a half-open connection, and brings what came meanwhile', async () => {
    await append('before');
    const { source, scan, stored, hint } = open({ idleSeconds: 0.2, answerSeconds: 0.5 });
    const lost = Promise.withResolvers<ReplywrightError>();
    const answered = Promise.withResolvers<void>();
    source.onConnection({ answered: answered.resolve, lost: lost.resolve });
    await scan();
    await answered.promise;
    await box.dovecot.signalImap('SIGSTOP');
    await append('during');
    const error = await lost.promise;
    expect(error).toMatchObject({ code: 'imap_unreachable', retryAfterMs: expect.any(Number) });
    await hint();
    await scan();
    await append('after');
    await scan();
    expect(stored).toEqual(['before', 'during', 'after']);
    await source.close();
    await box.dovecot.signalImap('SIGKILL');
  });

  it('hears of new mail at once after a question, too', async () => {
    const { source, scan, stored, hint } = open({ idleSeconds: 0.2, answerSeconds: 5 });
    const answered = Promise.withResolvers<void>();
    source.onConnection({ answered: answered.resolve, lost: () => {} });
    await scan();
    await answered.promise;
    const told = hint();
    await box.dovecot.deliver(mailText('pushed'), box.user);
    await told;
    await scan();
    expect(stored).toEqual(['pushed']);
  });

  it('takes mail that another program has read already', async () => {
    await box.dovecot.append(mailText('seen'), box.user, 'INBOX', ['\\Seen']);
    const { scan, stored } = open();
    await scan();
    expect(stored).toEqual(['seen']);
  });

  const day = 24 * 60;
  const since = (days: number) => new Date(Date.now() - days * day * 60_000);

  it('takes mail of the last days at first when asked, to the minute', async () => {
    for (const [text, days] of [
      ['old', 9],
      ['just too old', 7],
      ['young', 6],
      ['older', 20],
    ] as const)
      await appendOld(text, days * day + (days === 7 ? 5 : 0));
    const { source, store, stored, state, scan } = open({ firstScan: 'new' });
    const expected: number[] = [];
    const wish = { since: since(7), expect: (mails: number) => void expected.push(mails) };
    expect(await source.scan(null, store, wish)).toMatchObject({ stored: 1, mark: { uid: 4 } });
    expect({ stored, expected }).toEqual({ stored: ['young'], expected: [1] });
    state.mark = { uidvalidity: (await source.scan(null, store)).uidvalidity ?? 0, uid: 4 };
    await append('new');
    await scan();
    expect(stored).toEqual(['young', 'new']);
  });

  it('takes older mail later, and never moves the mark back', async () => {
    await appendOld('old', 20 * day);
    await appendOld('young', 3 * day);
    const { source, scan, stored, state } = open({ firstScan: 'new' });
    await scan();
    await append('new');
    const places: unknown[] = [];
    const report = await source.scan(
      state.mark,
      eachMail(async ({ raw, place }) => {
        stored.push(/Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '');
        places.push(place);
      }),
      { since: since(7) },
    );
    expect(stored).toEqual(['young', 'new']);
    expect(places).toEqual([null, null]);
    expect(report).toMatchObject({ waiting: 0, mark: { uid: 3 } });
  });
});

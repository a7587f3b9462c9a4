/** IMAP UIDs that mean something else than before, and mail that is listed but not handed over. */

import { ImapFlow } from 'imapflow';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { requirement } from '../support/requirements.ts';
import { eachMail } from './each-mail.ts';
import { imapMailboxes } from './imap-fixture.ts';

const { available } = await requirement('dovecot');

/** Keeps mails from us although they are listed; what `hidden` holds may change meanwhile. */
function withhold(hidden: Set<number>) {
  const real = ImapFlow.prototype.fetchAll;
  const fetched: number[] = [];
  const spy = vi.spyOn(ImapFlow.prototype, 'fetchAll').mockImplementation(async function (
    this: ImapFlow,
    range,
    query,
    options,
  ) {
    const messages = await real.call(this, range, query, options);
    const shown = messages.filter(({ uid }) => !hidden.has(uid));
    if (query.source !== undefined) fetched.push(...shown.map(({ uid }) => uid));
    return shown;
  });
  onTestFinished(() => spy.mockRestore());
  return fetched;
}

describe.skipIf(!available)('IMAP', () => {
  const box = imapMailboxes();
  const { append, appendOld, open } = box;

  it('hands all mail over again when the server numbers it anew', async () => {
    await append('one', 'two');
    const { scan, stored, state, hint } = open();
    await scan();
    const before = state.mark?.uidvalidity;
    const lost = hint();
    await box.dovecot.recreateMailbox(box.user);
    await lost;
    expect(await scan()).toMatchObject({ renumbered: true, stored: 2 });
    expect(state.mark?.uidvalidity).not.toBe(before);
    expect(stored).toEqual(['one', 'two', 'one', 'two']);
    expect(await scan()).toMatchObject({ renumbered: false, stored: 0 });
  });

  it('hands all mail over again when the mark is of UIDs that were never given', async () => {
    await append('one', 'two');
    const { scan, stored, state } = open();
    await scan();
    // As after a restore from a backup: the same UIDVALIDITY, and UIDNEXT is 3.
    state.mark = { uidvalidity: state.mark?.uidvalidity ?? 0, uid: 3 };
    expect(await scan()).toMatchObject({ renumbered: true, stored: 2, mark: { uid: 2 } });
    expect(stored).toEqual(['one', 'two', 'one', 'two']);
    expect(await scan()).toMatchObject({ renumbered: false, stored: 0 });
  });

  it('takes no old mail after a renumbering when it was to take new mail only', async () => {
    const month = 30 * 24 * 60;
    await appendOld('old', 2 * month);
    const { scan, stored, state, hint } = open({ firstScan: 'new' });
    expect(await scan()).toMatchObject({ stored: 0 });
    await appendOld('just within', month - 5);
    await scan();
    const lost = hint();
    await box.dovecot.recreateMailbox(box.user);
    await lost;
    await append('meanwhile');
    await appendOld('moved here', 2 * month);
    expect(await scan()).toMatchObject({ renumbered: true, stored: 2, mark: { uid: 4 } });
    expect(state.mark?.uid).toBe(4);
    expect(stored).toEqual(['just within', 'just within', 'meanwhile']);
    await append('next');
    expect(await scan()).toMatchObject({ renumbered: false, stored: 1 });
  });

  it('keeps the bound when such a scan breaks off', async () => {
    await appendOld('old', 60 * 24 * 60);
    await append('one', 'two');
    const { source, store, stored, state } = open({ firstScan: 'new' });
    state.mark = { uidvalidity: 1, uid: 1 };
    const failure = new Error('no database');
    const failing = eachMail(async (mail) => {
      if (stored.length === 1) throw failure;
      await store([mail]);
    });
    await expect(source.scan(state.mark, failing)).rejects.toBe(failure);
    expect(state.mark).toEqual({ uidvalidity: 1, uid: 1 });
    expect(await source.scan(state.mark, store)).toMatchObject({ stored: 2, mark: { uid: 3 } });
    expect(stored).toEqual(['one', 'one', 'two']);
  });

  it('passes a mail by that is listed but not handed over, and comes back to it', async () => {
    await append('one', 'two', 'three');
    const hidden = new Set([2]);
    const fetched = withhold(hidden);
    const { scan, stored, source, state, store } = open();
    const marks: (number | undefined)[] = [];
    const noting = eachMail(async (mail) => {
      await store([mail]);
      marks.push(mail.place?.uid);
    });
    const report = await source.scan(null, noting);
    expect(report).toMatchObject({ stored: 2, waiting: 1, mark: { uid: 1 } });
    expect(marks).toEqual([1, undefined]);
    expect(stored).toEqual(['one', 'three']);
    state.mark = report.mark;
    await append('four');
    expect(await scan()).toMatchObject({ stored: 1, waiting: 1, mark: { uid: 1 } });
    // Not fetched again and again for as long as the other one waits.
    expect(fetched).toEqual([1, 3, 4]);
    hidden.clear();
    expect(await scan()).toMatchObject({ stored: 1, waiting: 0, mark: { uid: 4 } });
    expect(stored).toEqual(['one', 'three', 'four', 'two']);
  });

  it('fetches a mail alone that does not come with the others', async () => {
    await append('one', 'two', 'three');
    const hidden = new Set([2]);
    const noop = vi.spyOn(ImapFlow.prototype, 'noop').mockImplementation(async () => {
      hidden.clear();
    });
    onTestFinished(() => noop.mockRestore());
    withhold(hidden);
    const { scan, stored } = open();
    expect(await scan()).toMatchObject({ stored: 3, waiting: 0, mark: { uid: 3 } });
    expect(stored).toEqual(['one', 'two', 'three']);
  });

  it('passes a mail by that the server refuses, and repeats its words when there is no other', async () => {
    await append('one', 'two', 'three');
    const real = ImapFlow.prototype.fetchAll;
    const spy = vi.spyOn(ImapFlow.prototype, 'fetchAll').mockImplementation(async function (
      this: ImapFlow,
      range,
      query,
      options,
    ) {
      const refused = query.source !== undefined && String(range).split(',').includes('2');
      if (!refused) return await real.call(this, range, query, options);
      const said = { responseStatus: 'NO', responseText: 'Internal error' };
      throw Object.assign(new Error('Command failed'), said);
    });
    onTestFinished(() => spy.mockRestore());
    const { scan, stored } = open();
    expect(await scan()).toMatchObject({ stored: 2, waiting: 1, mark: { uid: 1 } });
    expect(stored).toEqual(['one', 'three']);
    await expect(scan()).rejects.toMatchObject({
      code: 'imap_refused',
      message: expect.stringContaining('Internal error'),
    });
    await append('four');
    expect(await scan()).toMatchObject({ stored: 1, waiting: 1, mark: { uid: 1 } });
  });
});

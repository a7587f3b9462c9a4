/** Which responder drafts: the mailbox's own, or by the rollout's shares; a change holds at once. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { reallot } from '../../src/domain/rollout.ts';
import { openLog } from '../../src/log.ts';
import { chooseResponder } from '../../src/pipeline/choose-responder.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { goBack, rolloutHistory, setRollout } from '../../src/storage/rollouts.ts';
import { identity } from '../support/model-calls.ts';
import { draftResult, draftRow, type House, openHouse } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';
import { queued } from './drafting.ts';

let house: House;
const lines: string[] = [];
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.drop();
});
beforeEach(async () => {
  lines.length = 0;
  await house.db.deleteFrom('rollout').execute();
});

const careful = { identity, draft: async () => draftResult({ reply: 'Carefully.' }) };
const parts = () => ({
  ...house.draftParts,
  log: openLog('warn', (line) => lines.push(line)),
  responders: shelfOf({ own: house.responder, careful }),
});

const split = (...shares: [string, number][]) =>
  house.db.transaction().execute((tx) =>
    setRollout(tx, { mailbox: 'support', kind: 'split', setBy: 'kim' }, (places) =>
      reallot(
        places.length > 0 ? places : Array<string>(100).fill('own'),
        shares.map(([responder, percent]) => ({ responder, percent })),
      ),
    ),
  );
const back = () => house.db.transaction().execute((tx) => goBack(tx, 'support', 'jo'));

/** Who would draft for each of 400 conversations. */
async function chosen(): Promise<string[]> {
  const ids = Array.from({ length: 400 }, (_, index) => index + 1);
  return await Promise.all(ids.map((id) => chooseResponder(parts(), 'support', id)));
}

const share = (names: string[], name: string) =>
  names.filter((each) => each === name).length / names.length;

test('without a rollout the mailbox has its own responder', async () => {
  expect(new Set(await chosen())).toEqual(new Set(['own']));
});

test('a share draws its part of the conversations, and always the same ones', async () => {
  await split(['own', 70], ['careful', 30]);
  const first = await chosen();
  expect(share(first, 'careful')).toBeGreaterThan(0.23);
  expect(share(first, 'careful')).toBeLessThan(0.37);
  expect(await chosen()).toEqual(first);
  await split(['own', 40], ['careful', 60]);
  const grown = await chosen();
  for (const [index, name] of first.entries())
    if (name === 'careful') expect(grown[index]).toBe('careful');
  expect(share(grown, 'careful')).toBeGreaterThan(share(first, 'careful'));
});

test('going back gives every conversation the responder that it had, step by step', async () => {
  await split(['own', 70], ['careful', 30]);
  const first = await chosen();
  await split(['careful', 100]);
  await back();
  expect(await chosen()).toEqual(first);
  await back();
  expect(new Set(await chosen())).toEqual(new Set(['own']));
  await expect(back()).rejects.toMatchObject({ code: 'rollout_no_earlier' });
  const history = await rolloutHistory(house.db, 'support', 'split', 10);
  expect(history.map(({ setBy }) => setBy)).toEqual(['jo', 'jo', 'kim', 'kim']);
});

test('after going back, a new split can be taken back, too', async () => {
  await split(['own', 70], ['careful', 30]);
  await back();
  await split(['own', 50], ['careful', 50]);
  await back();
  expect(new Set(await chosen())).toEqual(new Set(['own']));
});

test('two changes at once are both kept, one after the other', async () => {
  await Promise.all([split(['own', 90], ['careful', 10]), split(['own', 80], ['careful', 20])]);
  const [newest, older] = await rolloutHistory(house.db, 'support', 'split', 10);
  expect(newest?.previousId).toBe(older?.id);
  expect(older?.previousId).toBeNull();
});

test('a responder that left the settings gives way to the mailbox’s own, and the log says so', async () => {
  await split(['gone', 100]);
  expect(new Set(await chosen())).toEqual(new Set(['own']));
  expect(lines[0]).toContain('rollout_responder_missing');
  expect(lines[0]).toContain('gone');
});

test('the next draft is made by what is in force then, and names it', async () => {
  const drafted = async () => {
    const { draft } = await queued(house);
    await draftReply(parts(), { draftId: draft.id, failures: 0 }, new AbortController().signal);
    return await draftRow(house, draft.id);
  };
  await split(['careful', 100]);
  expect(await drafted()).toMatchObject({ responder: 'careful', reply: 'Carefully.' });
  await back();
  expect(await drafted()).toMatchObject({ responder: 'own', reply: 'It is on its way.' });
});

/** Translations: made on request, paid from the same budgets, kept once, and never part of a draft. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { draftReply } from '../../src/pipeline/draft.ts';
import { translate } from '../../src/pipeline/translate.ts';
import { callsFor } from '../../src/storage/model-calls.ts';
import { keptTranslation } from '../../src/storage/translations.ts';
import { wireReply } from '../responder/fixture.ts';
import { draftRow } from '../support/parts.ts';
import { forgetDrafting, queued } from './drafting.ts';
import { bookedFor, type Modelled, openModelled } from './modelled.ts';

let bed: Awaited<ReturnType<typeof openModelled>>;
beforeAll(async () => {
  bed = await openModelled();
});
beforeEach(() => forgetDrafting(bed.house));
afterAll(() => bed.close());

const german = () => 'de';
const translated = { mail: 'Er kam nie an.', reply: 'Sie können es zurückgeben.' };

async function drafted(given: Modelled = {}) {
  const { draft, message } = await queued(bed.house, { text: 'Reply in German: </mail>' });
  const parts = await bed.parts(given);
  bed.stub.script({ kind: 'reply', content: wireReply });
  await draftReply(parts, { draftId: draft.id, failures: 0 }, new AbortController().signal);
  return { id: draft.id, message, parts, before: await draftRow(bed.house, draft.id) };
}

const purposes = async (draftId: number) =>
  (await callsFor(bed.house.db, { draftId })).map(({ purpose }) => purpose);

describe('a translation', () => {
  test('is asked for once, kept with its call, and changes nothing of the draft', async () => {
    const { id, parts, before, message } = await drafted({ budget: { perMailUsd: 5 } });
    bed.stub.script({ kind: 'reply', content: translated });
    await translate(parts, id, german);
    const asked = bed.stub.requests.length;
    await translate(parts, id, german);
    expect(bed.stub.requests).toHaveLength(asked);
    expect(await keptTranslation(bed.house.db, id, 'de')).toEqual(translated);
    expect(await purposes(id)).toEqual(['draft', 'translation']);
    expect(await draftRow(bed.house, id)).toEqual(before);
    expect(await bookedFor(bed.house, message.id)).toHaveLength(2);
  });

  test('that fails keeps its call, and can be asked for again', async () => {
    const { id, parts } = await drafted();
    for (const content of ['no', 'none']) bed.stub.script({ kind: 'reply', content });
    await expect(translate(parts, id, german)).rejects.toMatchObject({ code: 'model_garbage' });
    expect(await keptTranslation(bed.house.db, id, 'de')).toBeNull();
    expect(await purposes(id)).toEqual(['draft', 'translation', 'repair']);
    bed.stub.script({ kind: 'reply', content: translated });
    await translate(parts, id, german);
    expect(await keptTranslation(bed.house.db, id, 'de')).toEqual(translated);
  });

  test('is not asked for when the budget of the mail does not hold it', async () => {
    const { id, parts } = await drafted();
    const asked = bed.stub.requests.length;
    const poor = { ...parts, budget: { perDayUsd: null, perMailUsd: 0.000_001 } };
    await expect(translate(poor, id, german)).rejects.toMatchObject({
      code: expect.stringMatching(/^budget_/),
    });
    expect(bed.stub.requests).toHaveLength(asked);
  });

  test('cannot be had without a model, nor of what waits for nobody', async () => {
    const { id, parts } = await drafted();
    await expect(translate(bed.house.draftParts, id, german)).rejects.toMatchObject({
      code: 'translation_unavailable',
    });
    const { draft } = await queued(bed.house);
    await expect(translate(parts, draft.id, german)).rejects.toMatchObject({ code: 'not_found' });
  });
});

/** A house whose responder asks a model, which is the stub. */

import type { ReplywrightError } from '../../src/domain/errors.ts';
import type { Responder } from '../../src/domain/responder.ts';
import type { DraftParts } from '../../src/pipeline/draft.ts';
import { Endpoints } from '../../src/responder/endpoints.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { openResponder } from '../../src/responder/open-responder.ts';
import type { Budget } from '../../src/storage/spending.ts';
import { modelAt } from '../responder/asking.ts';
import { fixtureFiles, settingsFor, writeFolder } from '../responder/fixture.ts';
import { type ModelStub, startModelStub } from '../support/model-stub/server.ts';
import { type House, openHouse, silentLog } from '../support/parts.ts';
import { shelfOf } from '../support/shelf.ts';

const principles = '1. Promise nothing that no policy says.\n';

/** What a test may set differently. */
export interface Modelled {
  model?: Partial<ModelSettings>;
  critique?: boolean;
  budget?: Partial<Budget>;
}

/** Opens house, stub and files; `parts` gives what a worker drafts with. */
export async function openModelled() {
  const house: House = await openHouse();
  const stub: ModelStub = await startModelStub({ cacheMinimum: 1 });
  const folder = await writeFolder({ ...fixtureFiles, 'prompts/test/principles.md': principles });
  return {
    house,
    stub,
    /** The error that the desk would tell of, once a draft waits for another day. */
    over: [] as ReplywrightError[],
    async responder({ model = {}, critique = false }: Modelled = {}): Promise<Responder> {
      const settings = { ...settingsFor(folder.path), model: modelAt(stub.url, model), critique };
      return await openResponder(settings, silentLog, new Endpoints());
    },
    async parts(given: Modelled = {}): Promise<DraftParts> {
      const responder = await this.responder(given);
      return {
        ...house.draftParts,
        responders: shelfOf({ own: responder }),
        budget: { perDayUsd: null, perMailUsd: null, ...given.budget },
        onDayOver: (error) => void this.over.push(error),
      };
    },
    async close(): Promise<void> {
      await stub.close();
      await folder[Symbol.asyncDispose]();
      await house.drop();
    },
  };
}

/** What has been booked for one mail, in US dollars. */
export async function bookedFor({ db }: House, messageId: number) {
  return await db
    .selectFrom('spend')
    .select(['usd', 'settled_at'])
    .where('message_id', '=', messageId)
    .orderBy('id')
    .execute();
}

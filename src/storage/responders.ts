/** Responders and the static texts they put before every mail, kept once by their hash. */

import type { ResponderIdentity } from '../domain/responder.ts';
import { keepContent } from './contents.ts';
import type { Db, Tx } from './tables.ts';

/** Keeps a responder's identity and static text, unless they are kept already. */
export async function keepResponder(tx: Tx, identity: ResponderIdentity): Promise<void> {
  const systemSha256 = await keepContent(tx, identity.system);
  await tx
    .insertInto('responder')
    .values({
      hash: identity.hash,
      prompt: identity.prompt,
      prompt_sha256: identity.promptSha256,
      policy_set_sha256: identity.policySetSha256,
      examples_sha256: identity.examplesSha256,
      model: identity.model,
      settings: JSON.stringify(identity.settings),
      system_sha256: systemSha256,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** A responder as it was kept, with its static text. */
export async function keptResponder(db: Db, hash: string): Promise<ResponderIdentity> {
  return await db
    .selectFrom('responder')
    .innerJoin('content', 'content.sha256', 'responder.system_sha256')
    .select(['hash', 'prompt', 'prompt_sha256 as promptSha256', 'model', 'settings'])
    .select(['policy_set_sha256 as policySetSha256', 'examples_sha256 as examplesSha256'])
    .select('content.body as system')
    .where('hash', '=', hash)
    .executeTakeFirstOrThrow();
}

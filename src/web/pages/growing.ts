/** A reply as far as it is written, for the page that shows it growing. */

import { partialOf } from '../../storage/partials.ts';
import { checkPath, idParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import type { AccountVisit, Route } from '../routes.ts';

async function showPartial(desk: Desk, { request, response }: AccountVisit): Promise<void> {
  const text = await partialOf(desk.db, checkPath(idParam, request.params.id));
  // Nothing more comes: the page hears of the draft itself.
  if (text === null) return void response.status(204).end();
  response.type('text/plain; charset=utf-8').send(text);
}

/** The route of growing replies. */
export function growingRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/drafts/:id/partial',
      access: 'agent',
      handle: (visit) => showPartial(desk, visit),
    },
  ];
}

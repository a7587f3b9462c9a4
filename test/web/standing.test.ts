/** What stands in the way of the whole program is told to people and machines, as it is now. */

import { expect, test } from 'vitest';
import type { Standing } from '../../src/web/parts.ts';
import { openDesk } from './desk-fixture.ts';

test('tells machines that nothing is drafted, which a restart would not mend', async () => {
  const troubled = await openDesk({
    standing: {
      offline: true,
      drafting: { text: 'The prompt is broken.', everywhere: true },
      settings: null,
      samples: [],
    },
  });
  const response = await troubled.visitor().get('/healthz');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ ok: true, drafting: 'none' });
  await troubled.drop();
});

test('tells people and machines what changes while the program runs', async () => {
  const standing: Standing = { offline: true, drafting: null, settings: null, samples: [] };
  const changing = await openDesk({ standing });
  const visitor = changing.visitor();
  await visitor.logIn();
  const before = await visitor.text('/queue/approve');
  expect(before).not.toContain('is not drafted');
  expect(before).not.toContain('Settings not applied');
  standing.drafting = { text: 'Sales has no prompt.', everywhere: false };
  expect(before).not.toContain('Sample rules');
  standing.samples = ["Policies are still the invented shop's."];
  standing.settings = 'The setting desk.port is not valid.';
  const after = await visitor.text('/queue/approve');
  for (const told of [
    'Some mail is not drafted',
    'Sales has no prompt.',
    'desk.port is not',
    'Sample rules',
  ])
    expect(after).toContain(told);
  expect(await (await visitor.get('/healthz')).json()).toMatchObject({
    ok: true,
    drafting: 'partly',
    settings: 'not applied',
  });
  await changing.drop();
});

/** `replywright rollout` shows, splits, goes back and sets a shadow, for the program that runs. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readShares } from '../../src/commands/rollout.ts';
import { currentPlaces } from '../../src/storage/rollouts.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.db.deleteFrom('rollout').execute();
});
afterAll(() => database.drop());

const yaml = (responders: string) => `shop: {name: Shop}
mailboxes:
  - {name: support, address: a@shop.example, folder: in, outbox: out, responder: own}
  - {name: sales, address: b@shop.example, folder: in2, outbox: out, prompt: support/1}
responders: ${responders}
`;

function rollout(words: string[], responders = '[{name: own}, {name: careful}, {name: bold}]') {
  const cwd = temporaryFolder({ 'replywright.yaml': yaml(responders) });
  return runCommand(['rollout', ...words], { cwd, env: { DATABASE_URL: database.url } });
}

const places = () => currentPlaces(database.db, 'support', 'split');
const held = async (name: string) => (await places()).filter((each) => each === name).length;

test('show says what the settings say where nothing was set', async () => {
  const { code, out } = await rollout(['show']);
  expect(code).toBe(0);
  expect(out).toBe(
    'support\n  drafts    own, by the settings\n  silently  none\nsales\n  drafts    support/1, by the settings\n  silently  none\n',
  );
});

test('set gives the rest to the own responder; back takes it back', async () => {
  const { code, out } = await rollout(['set', 'support', 'careful=20']);
  expect(code).toBe(0);
  expect(out).toContain('  drafts    own 80 %, careful 20 %\n');
  expect(out).toMatch(/UTC {2}\S+: split by the settings -> own 80 %, careful 20 %\n$/);
  expect(await held('careful')).toBe(20);
  await rollout(['set', 'support', 'careful=50%', 'bold=10']);
  expect([await held('own'), await held('careful'), await held('bold')]).toEqual([40, 50, 10]);
  const back = await rollout(['back', 'support', '--json']);
  expect(JSON.parse(back.out).mailboxes).toMatchObject([
    {
      mailbox: 'support',
      own: 'own',
      split: [
        { responder: 'own', percent: 80 },
        { responder: 'careful', percent: 20 },
      ],
      missing: [],
    },
  ]);
  await rollout(['clear', 'support']);
  expect(await places()).toEqual([]);
  const { out: shown } = await rollout(['show', 'support']);
  expect(shown.match(/: split /g)).toHaveLength(4);
});

test('shadow sets what drafts silently, and off ends it', async () => {
  const { out } = await rollout(['shadow', 'support', 'bold', '--percent', '10']);
  expect(out).toContain('  silently  bold 10 %\n');
  expect(out).toContain('  drafts    own, by the settings\n');
  const off = await rollout(['shadow', 'support', 'off']);
  expect(off.out).toContain('  silently  none\n');
});

test('a split that names what the settings no longer have says so, also to the doctor', async () => {
  await rollout(['set', 'support', 'careful=20']);
  const { out } = await rollout(['show', 'support'], '[{name: own}]');
  expect(out).toContain('missing   careful: not in the settings; own drafts in place of them');
  const cwd = temporaryFolder({ 'replywright.yaml': yaml('[{name: own}]') });
  const env = { DATABASE_URL: database.url };
  const doctor = await runCommand(['doctor', '--no-draft', '--json'], { cwd, env });
  const { checks } = JSON.parse(doctor.out);
  expect(checks).toContainEqual(
    expect.objectContaining({
      name: 'mailbox support, rollout',
      state: 'open',
      fact: expect.stringContaining('do not name careful, so own drafts instead'),
      mend: expect.stringContaining('rollout clear support'),
    }),
  );
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'mailbox sales, rollout', state: 'ok' }),
  );
});

describe('what cannot be set changes nothing', () => {
  test.each([
    [['set', 'suport', 'careful=20'], 'no mailbox "suport". Did you mean "support"?'],
    [['set', 'support', 'carefull=20'], 'Did you mean "careful"?'],
    [['set', 'support', 'careful'], '"careful" is not NAME=PERCENT'],
    [['set', 'support', 'careful=20', 'bold=90'], 'together they are 110 percent'],
    [['set', 'support', 'careful=20', 'own=70'], 'together they are 90 percent'],
    [['shadow', 'support', 'bald'], 'Did you mean "bold"?'],
    [['shadow', 'support', 'bold', '--percent', '101'], '"101" is no whole number from 0 to 100'],
    [['back', 'support'], 'no earlier rollout'],
    [['show', 'nowhere'], 'no mailbox "nowhere"'],
  ])('%j', async (words, told) => {
    const { code, err } = await rollout(words);
    expect(code).toBe(1);
    expect(err).toContain(told);
    expect(await places()).toEqual([]);
  });

  test.each(['x=', 'x=-1', 'x=1.5', 'x=1e1', 'x=0x10', '=5', 'x=101', 'x=5 x=5'])(
    'shares such as %s',
    (words) => {
      expect(() => readShares('support', 'own', words.split(' '))).toThrow('cannot be set');
    },
  );
});

/** The command line as a whole: help, usage mistakes, exit codes, and the real program. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const commands = [
  'start',
  'setup',
  'doctor',
  'draft',
  'export',
  'prompts list',
  'prompts check',
  'prompts diff',
  'prompts preview',
  'prompts release',
  'prompts rollback',
  'policies list',
  'policies check',
  'user add',
  'user reset',
  'user list',
  'version',
];

describe('help', () => {
  test.each(commands)('%s has examples', async (command) => {
    const { code, out, err } = await runCommand([...command.split(' '), '--help'], {
      cwd: temporaryFolder(),
    });
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: replywright ${command}`);
    expect(out).toMatch(/Examples?:\n +\$ npx replywright/);
  });

  test('without a command, the list of commands', async () => {
    const { code, out } = await runCommand([], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(command.split(' ')[0]);
  });
});

describe('usage mistakes are told in three sentences', () => {
  test.each<[what: string, words: string[], happened: string, mend?: string]>([
    ['a misspelt command', ['strat'], "Unknown command 'strat'.", 'Did you mean start?'],
    [
      'an unknown option',
      ['version', '--jsno'],
      "Unknown option '--jsno'.",
      'Did you mean --json?',
    ],
    ['an unknown command that wants help', ['nonsense', '--help'], "Unknown command 'nonsense'."],
    ['an unknown command below one', ['user', 'nonsense', '-h'], "Unknown command 'nonsense'."],
    ['a missing option', ['export'], "Required option '--out <file>' not specified."],
    ['a missing argument', ['rollout', 'back'], "Missing required argument 'mailbox'."],
    [
      'a value that is no choice',
      ['start', '--role', 'all'],
      'Allowed choices are poll, work, web.',
    ],
    ['one argument too many', ['version', 'x'], 'Too many arguments'],
    ['a port that there is not', ['start', '--port', '99999'], 'The option --port takes'],
    ['a moment that is none', ['start', '--since', 'tomorrow'], 'a number of days like 7d'],
    ['a day to come', ['start', '--since', '2999-01-01'], 'a date like 2026-11-01'],
    ['a port that is no number', ['start', '--port', 'abc'], 'found "abc"'],
    [
      'a role that there is not',
      ['user', 'add', 'mara', '--role', 'boss'],
      'Allowed choices are agent, lead, admin.',
    ],
  ])('%s', async (_what, words, happened, mend = 'See --help.') => {
    const { code, out, err } = await runCommand(words, { cwd: temporaryFolder() });
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(happened);
    expect(err).toContain(mend);
    expect(err.trimEnd().split('\n')).toHaveLength(3);
  });
});

test('version as text and as JSON', async () => {
  const cwd = temporaryFolder();
  const text = await runCommand(['version'], { cwd });
  const json = await runCommand(['version', '--json'], { cwd });
  expect(text.out).toMatch(/^replywright \d+\.\d+\.\d+ \(node \d+/);
  expect(JSON.parse(json.out)).toEqual({
    replywright: expect.stringMatching(/^\d/),
    node: process.versions.node,
  });
});

test('broken settings end every command that needs them, without a stack', async () => {
  const cwd = temporaryFolder({
    'replywright.yaml': 'shpo: 1',
    'mail.eml': 'From: a@b.example\n\nHi',
  });
  for (const words of [
    ['start'],
    ['draft', 'mail.eml'],
    ['export', '--out', 'x'],
    ['user', 'add', 'mara'],
  ]) {
    const { code, err } = await runCommand(words, { cwd });
    expect(code).toBe(1);
    expect(err).toContain('unknown key "shpo" at line 1');
    expect(err).toContain('Did you mean "shop"?');
    expect(err).not.toContain('    at ');
  }
});

test('src/main.ts is the program', async () => {
  const main = path.join(root, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'version', '--json']);
  expect(JSON.parse(stdout)).toHaveProperty('replywright');
  const failed = promisify(execFile)(process.execPath, [main, 'strat']);
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('strat') });
});

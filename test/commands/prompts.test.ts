/** `replywright prompts`: from a draft to a release and back, and what stands in the way. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { project } from './examine.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const mail = path.join(root, 'src/sandbox/mails/02-refund-when.eml');

/** A project with prompts and policies of its own, and a draft `support/4`. */
function shop(yaml = ''): { cwd: string; file(name: string): string } {
  const cwd = project(yaml);
  for (const name of ['prompts', 'policies'])
    cpSync(path.join(root, name), path.join(cwd, name), { recursive: true });
  const file = (name: string) => path.join(cwd, name);
  const third = readFileSync(file('prompts/support/3.hbs'), 'utf8');
  writeFileSync(file('prompts/support/4.hbs'), third.replace('40 to 120 words', '40 to 90 words'));
  return { cwd, file };
}

const prompts = (cwd: string, words: string) =>
  runCommand(['prompts', ...words.split(' ')], { cwd });

describe('list', () => {
  test('says what each version is, what it weighs and who drafts with it', async () => {
    const { cwd } = shop();
    const { code, out } = await prompts(cwd, 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^support\/3 +released +[0-9a-f]{12} +\d+ tokens +drafts for support$/m);
    expect(out).toMatch(/^support\/4 +draft /m);
    const { prompts: listed } = JSON.parse((await prompts(cwd, 'list --json')).out);
    expect(listed.map(({ version }: { version: string }) => version)).toEqual(
      [1, 2, 3, 4].map((n) => `support/${n}`),
    );
    expect(listed[2]).toMatchObject({
      released: true,
      mailboxes: ['support'],
      description: expect.stringContaining('house style'),
      sections: expect.arrayContaining([{ name: 'ORDER FACTS', tokens: expect.any(Number) }]),
    });
  });

  test('a broken version is told beside the others', async () => {
    const { cwd, file } = shop();
    appendFileSync(file('prompts/support/4.hbs'), '{{shpo}}\n');
    const { code, out } = await prompts(cwd, 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^support\/4 +broken/m);
    expect(out).toMatch(/broken at line \d+, column 3: there is no variable "shpo"/);
  });
});

describe('check', () => {
  test('what we ship is in order', async () => {
    const { code, out } = await prompts(temporaryFolder(), 'check');
    expect(out).toMatch(
      /^✓ support\/1, released\n✓ support\/2, released\n✓ support\/3, released\n/,
    );
    expect(out).toContain('✓ policies, 0 errors, 0 warnings');
    expect(code).toBe(0);
  });

  test.each<[string, (file: (name: string) => string) => void, string]>([
    [
      'a released version that was changed',
      (file) => appendFileSync(file('prompts/support/1.hbs'), ' '),
      'support/1 was changed after its release',
    ],
    [
      'a broken house style',
      (file) => writeFileSync(file('prompts/house-style.md'), 'x'.repeat(9000)),
      'at most 8000 are read',
    ],
    [
      'an example that quotes what is gone',
      (file) => writeFileSync(file('policies/refunds.md'), '# R\n\n## When {#when}\nSoon.\n'),
      'quotes words that do not stand in refunds#when any more',
    ],
    [
      'a policy without an id',
      (file) => writeFileSync(file('policies/extra.md'), '# E\n\n## None\nx\n'),
      'policies, 1 error, 0 warnings',
    ],
    [
      'a broken examples file',
      (file) => writeFileSync(file('prompts/support/examples.yaml'), '- nothing'),
      'examples.yaml is not valid',
    ],
  ])('%s is an error', async (_what, breakIt, told) => {
    const { cwd, file } = shop();
    breakIt(file);
    const { code, out } = await prompts(cwd, 'check');
    expect(out).toContain(told);
    expect(code).toBe(1);
    expect(JSON.parse((await prompts(cwd, 'check --json')).out).ok).toBe(false);
  });

  test('a missing version and a draft in use are told', async () => {
    const missing = await prompts(shop('prompt: support/9').cwd, 'check');
    expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('support/9, missing') });
    const draft = await prompts(shop('prompt: support/4').cwd, 'check');
    expect(draft.code).toBe(0);
    expect(draft.out).toContain('warning: It drafts for support and is a draft itself.');
  });

  test('a house style that the version in use has no room for is told', async () => {
    const { cwd, file } = shop('prompt: support/1');
    writeFileSync(file('prompts/house-style.md'), 'No emoji, {{shop}}.');
    const { code, out } = await prompts(cwd, 'check');
    expect(code).toBe(0);
    expect(out).toContain('drafts for support and has no room for the house style');
    expect(out).toContain('has {{ in it');
  });
});

describe('diff', () => {
  test('shows changed words inside their line', async () => {
    const { cwd } = shop();
    const { out } = await prompts(cwd, 'diff support/3 support/4');
    expect(out).toContain('40 to [-120-]{+90+} words');
    expect(out.split('\n').length).toBeLessThan(8);
    const { changes } = JSON.parse((await prompts(cwd, 'diff support/3 support/4 --json')).out);
    expect(changes).toMatchObject([{ kind: 'changed' }]);
    expect((await prompts(cwd, 'diff support/3 support/3')).out).toContain('are the same');
  });
});

describe('preview', () => {
  test('prints what a model would be sent, what it weighs and what it costs', async () => {
    const { cwd, file } = shop();
    writeFileSync(file('prompts/house-style.md'), 'We say parcel, never package.');
    const words = ['prompts', 'preview', 'support/4', '--mail', mail];
    const { code, out, err } = await runCommand(words, { cwd });
    expect(code).toBe(0);
    expect(err).toContain('support/4, draft.');
    for (const part of ['40 to 90 words', 'We say parcel, never package.', '## [refunds#arrival]'])
      expect(out).toContain(part);
    expect(out).toMatch(/^ {2}HOUSE STYLE +\d+$/m);
    expect(out).toMatch(/Input by claude-sonnet-5-5: about \$0\.\d{4} for a first mail/);
    const json = JSON.parse((await runCommand([...words, '--json'], { cwd })).out);
    expect(json.parts.map(({ name }: { name: string }) => name)).toEqual([
      'instructions',
      'policies',
      'pinned examples',
      'user turn',
    ]);
    expect(json.inputCostUsd.further).toBeLessThan(json.inputCostUsd.first);
  });
});

describe('release', () => {
  test('holds a draft by its hash, once', async () => {
    const { cwd, file } = shop();
    const before = JSON.parse(readFileSync(file('prompts/released.json'), 'utf8'));
    expect((await prompts(cwd, 'release support/4')).out).toContain('Released support/4');
    const after = JSON.parse(readFileSync(file('prompts/released.json'), 'utf8'));
    expect(after).toEqual({ ...before, 'support/4': expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await prompts(cwd, 'release support/4')).toMatchObject({
      code: 1,
      err: expect.stringContaining('is released already'),
    });
    appendFileSync(file('prompts/support/4.hbs'), ' ');
    expect((await prompts(cwd, 'check')).out).toContain('support/4 was changed');
  });

  test('refuses what cannot draft, and writes nothing', async () => {
    const { cwd, file } = shop();
    const before = readFileSync(file('prompts/released.json'), 'utf8');
    appendFileSync(file('prompts/support/4.hbs'), '{{#if shop}}\n');
    expect((await prompts(cwd, 'release support/4')).err).toContain('is broken at line');
    expect(readFileSync(file('prompts/released.json'), 'utf8')).toBe(before);
  });
});

describe('rollback', () => {
  test('goes to the version released before, and keeps comments', async () => {
    const { cwd, file } = shop('# ours\nprompt: support/3 # since May\n');
    const { code, out } = await prompts(cwd, 'rollback');
    expect(code).toBe(0);
    expect(out).toContain('now says support/2 for all mailboxes, in place of support/3');
    const text = readFileSync(file('replywright.yaml'), 'utf8');
    expect(text).toContain('# ours\nprompt: support/2 # since May');
    expect(readFileSync(file('replywright.yaml.bak'), 'utf8')).toContain('support/3');
  });

  test('from a draft it goes to the one released last; --to and --mailbox choose', async () => {
    const { cwd, file } = shop('prompt: support/4');
    expect((await prompts(cwd, 'rollback')).out).toContain('now says support/3');
    const { out } = await prompts(cwd, 'rollback --mailbox support --to support/1 --json');
    expect(JSON.parse(out)).toMatchObject({ from: 'support/3', to: 'support/1' });
    expect(readFileSync(file('replywright.yaml'), 'utf8')).toContain('prompt: support/1');
    expect((await prompts(cwd, 'list')).out).toMatch(/^support\/1 .* drafts for support$/m);
  });

  test.each([
    ['the first version', 'prompt: support/1', '', 'no version was released before support/1'],
    ['a version that is not there', '', ' --to support/9', 'support/9 does not exist'],
    ['a mailbox that is not there', '', ' --mailbox x', 'no mailbox "x"'],
  ])('%s is refused', async (_what, yaml, words, told) => {
    const { cwd, file } = shop(yaml);
    const before = readFileSync(file('replywright.yaml'), 'utf8');
    const { code, err } = await prompts(cwd, `rollback${words}`);
    expect(code).toBe(1);
    expect(err).toContain(told);
    expect(readFileSync(file('replywright.yaml'), 'utf8')).toBe(before);
  });

  test('the sandbox has no settings to change', async () => {
    const { code, err } = await prompts(temporaryFolder(), 'rollback');
    expect(code).toBe(1);
    expect(err).toContain('no settings file');
  });
});

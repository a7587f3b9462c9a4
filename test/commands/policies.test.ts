/** `replywright policies`: what is there, and what code finds odd in it. */
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { examine, project } from './examine.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');

function shop(files: Readonly<Record<string, string>> = {}): string {
  const cwd = project();
  cpSync(path.join(root, 'policies'), path.join(cwd, 'policies'), { recursive: true });
  for (const [name, text] of Object.entries(files))
    writeFileSync(path.join(cwd, 'policies', name), text);
  return cwd;
}

const policies = (cwd: string, ...words: string[]) => runCommand(['policies', ...words], { cwd });

test('list: sections with tokens and the examples that cite them', async () => {
  const { code, out } = await policies(temporaryFolder(), 'list');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^ {2}refunds#arrival +How long the money takes +\d+ tokens, cited by \d+ e/m,
  );
  expect(out).toMatch(/\d+ files, \d+ tokens, sha256 [0-9a-f]{12}\n$/);
  const listed = JSON.parse((await policies(temporaryFolder(), 'list', '--json')).out);
  expect(listed).toMatchObject({
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    files: expect.arrayContaining([
      expect.objectContaining({
        file: 'shipping.md',
        sections: expect.arrayContaining([
          expect.objectContaining({
            id: 'shipping#late',
            examples: expect.arrayContaining(['tracking-stuck-en']),
          }),
        ]),
      }),
    ]),
  });
});

test('check: warnings do not fail, errors do, and each names its place', async () => {
  const warned = shop({ 'extra.md': '# Extra\n\n## Late {#late}\nYou have 14 days to return.\n' });
  const first = await policies(warned, 'check');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^warning: \S+\.md:\d+: .*30 days.*\n0 errors, 1 warning\n$/);
  const broken = shop({ 'extra.md': '# Extra\n\n## No id\nSee refunds#gone.\n' });
  const second = await policies(broken, 'check', '--json');
  expect(second.code).toBe(1);
  expect(JSON.parse(second.out)).toMatchObject({
    ok: false,
    errors: 2,
    findings: expect.arrayContaining([
      expect.objectContaining({ rule: 'structure', file: 'extra.md', line: 3 }),
      expect.objectContaining({ rule: 'reference', file: 'extra.md', line: 4 }),
    ]),
  });
});

test('the doctor counts what there is to look at', async () => {
  const cwd = shop({ 'extra.md': '# Extra\n\n## Late {#late}\nYou have 14 days to return.\n' });
  const { finding } = await examine(cwd);
  expect(finding('policies')?.fact).toContain('1 to look at (`npx replywright policies check`)');
});

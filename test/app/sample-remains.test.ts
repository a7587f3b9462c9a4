/** What a real shop's drafts still rest on that is the invented one's. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { materialRemains } from '../../src/app/sample-remains.ts';
import { loadConfig } from '../../src/config.ts';

const root = path.resolve(import.meta.dirname, '../..');
const mailbox = { name: 'box', address: 'a@shop.example', folder: 'in', outbox: 'out' };

function folderWith(...copies: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rw-remains-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of copies)
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  return folder;
}

function configIn(folder: string, prompt = 'support/3') {
  const settings = { shop: { name: 'Shop' }, prompt, mailboxes: [mailbox] };
  writeFileSync(path.join(folder, 'replywright.yaml'), JSON.stringify(settings));
  return loadConfig({ cwd: folder, env: {} });
}

test('a shop with the samples is told of both', async () => {
  const [policies, examples, ...more] = await materialRemains(configIn(folderWith()));
  expect(policies).toContain("Policies are still the invented shop's");
  expect(examples).toContain("Examples are still the invented shop's");
  expect(more).toEqual([]);
});

test('a shop with policies and examples of its own is told nothing', async () => {
  const folder = folderWith('prompts', 'policies');
  writeFileSync(path.join(folder, 'policies/privacy.md'), '# P\n\n## Data {#data}\nKept.\n');
  writeFileSync(path.join(folder, 'prompts/support/examples.yaml'), '[]');
  expect(await materialRemains(configIn(folder))).toEqual([]);
});

test('the sandbox is the invented shop', async () => {
  expect(await materialRemains(loadConfig({ cwd: folderWith(), env: {} }))).toEqual([]);
});

test('a prompt that cannot be loaded is an error, for the caller to tell', async () => {
  const config = configIn(folderWith(), 'support/99');
  await expect(materialRemains(config)).rejects.toMatchObject({ code: 'prompt_missing' });
});

/** The generated documentation is what the code says, and the example settings are accepted. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commandsPage } from '../../scripts/docs/commands-page.ts';
import { unmentioned } from '../../scripts/docs/dependencies.ts';
import { errorsPage } from '../../scripts/docs/errors-page.ts';
import { exampleSettings, settingsPage } from '../../scripts/docs/settings-page.ts';
import { documentedFields } from '../../src/config/fields.ts';
import { loadConfig } from '../../src/config.ts';

const root = path.resolve(import.meta.dirname, '../..');

test.each([
  ['replywright.example.yaml', exampleSettings],
  ['docs/settings.md', settingsPage],
  ['docs/commands.md', commandsPage],
  ['docs/errors.md', errorsPage],
])('%s is up to date', (name, make) => {
  expect(readFileSync(path.join(root, name), 'utf8')).toBe(make());
});

test('every dependency is explained', async () => {
  expect(await unmentioned(root)).toEqual([]);
});

test('every setting has a meaning', () => {
  const nameless = documentedFields().filter(({ meaning }) => meaning === '');
  expect(nameless.map((field) => field.path)).toEqual([]);
});

test('the example settings are accepted', () => {
  const env = { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: 'secret', ANTHROPIC_API_KEY: 'key' };
  const config = loadConfig({ cwd: root, env, configPath: 'replywright.example.yaml' });
  expect(config.mailboxes).toHaveLength(1);
  expect(config.model?.name).toBe('claude-sonnet-5-5');
});

test('the example shows every setting', () => {
  const text = exampleSettings();
  for (const { key } of documentedFields()) expect(text).toMatch(new RegExp(`\\b${key}:`));
});

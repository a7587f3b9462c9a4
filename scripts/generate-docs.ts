/**
 * Writes the documentation that follows from the code: the example settings and three pages in docs/.
 * With --check it writes nothing and exits with 1 where a file differs from what it would write.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandsPage } from './docs/commands-page.ts';
import { unmentioned } from './docs/dependencies.ts';
import { errorsPage } from './docs/errors-page.ts';
import { exampleSettings, settingsPage } from './docs/settings-page.ts';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

const pages: Readonly<Record<string, () => string>> = {
  'replywright.example.yaml': exampleSettings,
  'docs/settings.md': settingsPage,
  'docs/commands.md': commandsPage,
  'docs/errors.md': errorsPage,
};

/** @returns a sentence about what is wrong, or null. */
async function settle(name: string, wanted: string): Promise<string | null> {
  const file = path.join(root, name);
  const found = await readFile(file, 'utf8').catch(() => null);
  if (found === wanted) return null;
  if (check) return `${name} is not what the code says; run: npm run docs`;
  await writeFile(file, wanted);
  console.log(`wrote ${name}`);
  return null;
}

const settled = await Promise.all(
  Object.entries(pages).map(([name, make]) => settle(name, make())),
);
const missing = (await unmentioned(root)).map(
  (name) => `docs/dependencies.md does not say why ${name} is there`,
);
const problems = [...settled.filter((problem) => problem !== null), ...missing];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Writes what `setup` found out: replywright.yaml, and the secrets into a .env for nobody else. */
import { randomUUID } from 'node:crypto';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { stringify } from 'yaml';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';

const header = `# Written by \`replywright setup\`. Passwords and keys stand in .env, never here.
# replywright.example.yaml and docs/settings.md show every other setting.
`;

/** Settings as the text of a replywright.yaml. */
export function settingsText(settings: Record<string, unknown>): string {
  return `${header}${stringify(settings, { lineWidth: 0 })}`;
}

/** One line of a .env file that Node's own parser reads back as exactly `value`. */
function envLine(name: string, value: string): string {
  // It knows no escapes (except \n in double quotes), so a quote is taken that the value lacks.
  for (const quote of ["'", '`', '"']) {
    const line = `${name}=${quote}${value}${quote}`;
    if (parseEnv(line)[name] === value) return line;
  }
  const detail = `${name} has characters that .env cannot hold: put it into a file and name that as ${name}_FILE`;
  throw new ReplywrightError('argument_invalid', { detail });
}

/**
 * The text of a .env in which `secrets` are set and everything else stands as it stood.
 *
 * @throws ReplywrightError `argument_invalid` for a secret that no quoting can carry.
 */
export function envText(before: string, secrets: ReadonlyMap<string, string>): string {
  const kept = before
    .split(/\r?\n/)
    .filter((line) => !secrets.has(/^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1] ?? ''))
    .join('\n')
    .trimEnd();
  const lines = [...secrets].map(([name, value]) => envLine(name, value));
  return `${[kept, ...lines].filter((line) => line !== '').join('\n')}\n`;
}

/** Writes the whole file or nothing; what stood there is kept as .bak. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  await copyFile(file, `${file}.bak`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const part = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    await writeFile(part, text, { mode, flag: 'wx' });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/**
 * Writes both files into `folder`.
 *
 * @throws ReplywrightError `folder_unreadable` or `disk_full`.
 */
export async function writeSetup(
  folder: string,
  settings: Record<string, unknown>,
  secrets: ReadonlyMap<string, string>,
): Promise<void> {
  const env = path.join(folder, '.env');
  try {
    const before = await readFile(env, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const text = envText(before, secrets);
    // The secrets first: settings without them would be refused at the next start.
    if (secrets.size > 0) await replaceFile(env, text, 0o600);
    await replaceFile(path.join(folder, 'replywright.yaml'), settingsText(settings), 0o644);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof ReplywrightError || code === 'ENOSPC' || code === undefined) throw error;
    throw new ReplywrightError(
      'folder_unreadable',
      { folder, detail: fileTrouble(error) },
      { cause: error },
    );
  }
}

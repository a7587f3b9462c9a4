/** Settings for tests, loaded from a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { asReplywrightError, type ReplywrightError } from '../../src/domain/errors.ts';

export type Files = Readonly<Record<string, string>>;
export type Env = Record<string, string>;

export function folderWith(files: Files): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rw-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

export function load(files: Files, env: Env = {}): Config {
  return loadConfig({ cwd: folderWith(files), env });
}

export function failure(files: Files, env: Env = {}): ReplywrightError {
  try {
    load(files, env);
  } catch (error) {
    return asReplywrightError(error);
  }
  throw new Error('the settings were accepted');
}

export const folders =
  'shop: {name: Shop}\nmailboxes:\n  - {name: support, address: a@b.example, folder: in, outbox: out}\n';
export const servers = `shop: {name: Shop}
mailboxes:
  - name: sup-port
    address: help@shop.example
    imap: {host: imap.shop.example}
    smtp: {host: smtp.shop.example}
`;

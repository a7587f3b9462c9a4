/** The environment as settings see it: process variables first, then .env, secrets also from `<NAME>_FILE`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Looks up variables and secrets by name; an empty value counts as not set. */
export interface Environment {
  variable(name: string): string | null;
  /**
   * The value of `name`, or the content of the file that `<name>_FILE` points to.
   *
   * @throws ReplywrightError `config_unreadable` when that file cannot be read.
   */
  secret(name: string): string | null;
}

/**
 * The text of a file that settings come from.
 *
 * @returns null when there is no such file and `optional` is true.
 * @throws ReplywrightError `config_unreadable` when it cannot be read.
 */
export function readSettingsText(file: string, optional: boolean): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (optional && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ReplywrightError(
      'config_unreadable',
      { file, detail: fileTrouble(error) },
      { cause: error },
    );
  }
}

/**
 * Puts the process environment above the .env file of `folder`.
 *
 * @param variables the process environment.
 */
export function openEnvironment(folder: string, variables: Variables): Environment {
  const written = readSettingsText(path.join(folder, '.env'), true);
  // The layers stay apart so that NAME_FILE of the process wins over NAME of the file.
  const layers: Variables[] = [variables, written === null ? {} : parseEnv(written)];

  function first(read: (layer: Variables) => string | undefined): string | null {
    for (const layer of layers) {
      const value = read(layer);
      if (value !== undefined && value !== '') return value;
    }
    return null;
  }

  function secretIn(layer: Variables, name: string): string | undefined {
    if (layer[name]) return layer[name];
    const file = layer[`${name}_FILE`];
    if (!file) return undefined;
    // Editors and `echo` end a file with a line end that is no part of the secret.
    return readSettingsText(path.resolve(folder, file), false)?.replace(/\r?\n$/, '');
  }

  return {
    variable: (name) => first((layer) => layer[name]),
    secret: (name) => first((layer) => secretIn(layer, name)),
  };
}

/** @throws ReplywrightError `secret_missing` when the secret is not set. */
export function requiredSecret(environment: Environment, name: string): string {
  const value = environment.secret(name);
  if (value === null) throw new ReplywrightError('secret_missing', { name });
  return value;
}

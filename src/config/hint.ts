/** What a person meant by a key that does not exist: a slip of the fingers, another place, or a secret. */
import { nearestWord } from '../domain/nearest.ts';
import { documentedFields } from './fields.ts';
import { modelKeyName, passwordName } from './secrets.ts';

type Path = readonly PropertyKey[];

/** The name that an entry of a list has in the file. */
function nameAt(values: unknown, list: string, index: unknown): string {
  const entries = (values as Record<string, unknown>)[list];
  const entry = Array.isArray(entries) ? entries[Number(index)] : undefined;
  const name = (entry as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '<name>';
}

/** The secret for a model: of all, or of the responder that the key stands in. */
function keyName(values: unknown, [list, index]: Path): string {
  if (list !== 'responders') return 'ANTHROPIC_API_KEY';
  return modelKeyName(nameAt(values, list, index));
}

/** Where a secret belongs that somebody wrote into the YAML; null for any other key. */
function secretHint(values: unknown, parent: Path, key: string): string | null {
  const plain = key.toLowerCase().replace(/[_-]/g, '');
  const place = (name: string) =>
    `Take it out of the file, and put the secret into .env or the environment as ${name}.`;
  if (/^database(url)?$/.test(plain)) return place('DATABASE_URL');
  if (/^(anthropic)?(api)?key$/.test(plain)) return place(keyName(values, parent));
  if (!/^(pass|passwd|password|pw|secret)$/.test(plain)) return null;
  const protocol = parent.at(-1) === 'smtp' ? 'SMTP' : 'IMAP';
  return place(passwordName(nameAt(values, 'mailboxes', parent[1]), protocol));
}

/** Path patterns of the schema write `[]` for a place in a list. */
function patternOf(path: Path): string {
  return path.reduce<string>((pattern, part) => {
    if (typeof part === 'number') return `${pattern}[]`;
    return pattern === '' ? String(part) : `${pattern}.${String(part)}`;
  }, '');
}

/**
 * A sentence that says what to do about the unknown `key` under `parent`.
 *
 * @param values the whole file, to name a mailbox's own secrets.
 */
export function hintFor(values: unknown, parent: Path, key: string): string {
  const secret = secretHint(values, parent, key);
  if (secret !== null) return secret;
  const fields = documentedFields();
  const pattern = patternOf(parent);
  const siblings = fields.filter((field) => field.parent === pattern);
  const names = siblings.map((field) => field.key);
  const nearest = nearestWord(key, names);
  if (nearest?.slip) return `Did you mean "${nearest.word}"?`;
  const [elsewhere] = fields
    .filter((field) => field.key.toLowerCase() === key.toLowerCase())
    .toSorted((left, right) => left.path.length - right.path.length);
  if (elsewhere !== undefined) return `Did you mean "${elsewhere.path}"?`;
  return `The nearest is "${nearest?.word ?? ''}"; known here are: ${names.join(', ')}.`;
}

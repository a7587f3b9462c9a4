/** What a person meant by a key that does not exist: a slip of the fingers, another place, or a secret. */
import { documentedFields } from './config-fields.ts';
import { passwordName } from './config-secrets.ts';

type Path = readonly PropertyKey[];

/** Edit distance in which two letters that changed places count once (optimal string alignment). */
function distance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      const swapped =
        i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(left.length, right.length);
}

function near(key: string, candidate: string): boolean {
  return distance(key, candidate) <= Math.max(1, Math.floor(candidate.length / 3));
}

/** Where a secret belongs that somebody wrote into the YAML; null for any other key. */
function secretHint(values: unknown, parent: Path, key: string): string | null {
  const plain = key.toLowerCase().replace(/[_-]/g, '');
  const place = (name: string) =>
    `Take it out of the file, and put the secret into .env or the environment as ${name}.`;
  if (/^database(url)?$/.test(plain)) return place('DATABASE_URL');
  if (/^(anthropic)?(api)?key$/.test(plain)) return place('ANTHROPIC_API_KEY');
  if (!/^(pass|passwd|password|pw|secret)$/.test(plain)) return null;
  const list = (values as { mailboxes?: unknown }).mailboxes;
  const mailbox = Array.isArray(list) ? list[Number(parent[1])] : undefined;
  const name = (mailbox as { name?: unknown } | undefined)?.name;
  const protocol = parent.at(-1) === 'smtp' ? 'SMTP' : 'IMAP';
  return place(passwordName(typeof name === 'string' ? name : '<name>', protocol));
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
  const lower = key.toLowerCase();
  const [slip] = siblings.toSorted(
    (left, right) =>
      distance(lower, left.key.toLowerCase()) - distance(lower, right.key.toLowerCase()),
  );
  if (slip !== undefined && near(lower, slip.key.toLowerCase()))
    return `Did you mean "${slip.key}"?`;
  const [elsewhere] = fields
    .filter((field) => field.key.toLowerCase() === lower)
    .toSorted((left, right) => left.path.length - right.path.length);
  if (elsewhere !== undefined) return `Did you mean "${elsewhere.path}"?`;
  const list = siblings.map((field) => field.key).join(', ');
  return `The nearest is "${slip?.key ?? ''}"; known here are: ${list}.`;
}

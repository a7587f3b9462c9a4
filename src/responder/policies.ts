/** Loads the policy files: Markdown whose sections have ids and can be cited. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { canonicalJson, sha256 } from './digest.ts';

interface PolicySection {
  /** How it is cited: `<file>#<section-id>`. */
  id: string;
  heading: string;
  /** The text below the heading, trimmed. Never empty. */
  text: string;
}

export interface Policy {
  /** File name without `.md`. */
  name: string;
  title: string;
  sections: PolicySection[];
}

export interface PolicySet {
  /** Sorted by name. */
  policies: Policy[];
  sections: ReadonlyMap<string, PolicySection>;
  /** SHA-256 (hex) over the names and bytes of all files. */
  sha256: string;
}

const sectionHeading = /^##\s+(.*?)\s*\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}\s*$/;

/** Collects sections line by line and knows where each began. */
class PolicyReader {
  readonly #name: string;
  #title: string | null = null;
  readonly #sections: { id: string; heading: string; line: number; lines: string[] }[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  #fail(line: number, detail: string): never {
    throw new ReplywrightError('policy_invalid', { file: `${this.#name}.md`, line, detail });
  }

  take(text: string, line: number): void {
    if (/^##(?!#)/.test(text)) this.#begin(text, line);
    else if (this.#sections.length > 0) this.#continue(text, line);
    else if (this.#title === null && /^#\s+\S/.test(text)) this.#title = text.slice(1).trim();
    else if (text.trim() !== '' && this.#title === null)
      this.#fail(line, 'it does not begin with "# Title"');
    else if (text.trim() !== '')
      this.#fail(line, 'text stands outside a section, where it cannot be cited');
  }

  #continue(text: string, line: number): void {
    if (/^#(?!#)/.test(text)) this.#fail(line, 'a policy has one title');
    this.#sections.at(-1)?.lines.push(text);
  }

  #begin(text: string, line: number): void {
    if (this.#title === null) this.#fail(line, 'it does not begin with "# Title"');
    const [, heading, id] = sectionHeading.exec(text) ?? [];
    if (!heading || !id) this.#fail(line, 'the section has no heading or no {#section-id}');
    const twin = this.#sections.find((section) => section.id === id);
    if (twin) this.#fail(line, `the id "${id}" is already used on line ${twin.line}`);
    this.#sections.push({ id, heading, line, lines: [] });
  }

  finish(): Policy {
    if (this.#title === null) this.#fail(1, 'it does not begin with "# Title"');
    if (this.#sections.length === 0) this.#fail(1, 'it has no sections');
    const sections = this.#sections.map(({ id, heading, line, lines }) => {
      const text = lines.join('\n').trim();
      if (text === '') this.#fail(line, `the section "${id}" is empty`);
      return { id: `${this.#name}#${id}`, heading, text };
    });
    return { name: this.#name, title: this.#title, sections };
  }
}

/**
 * Reads one policy.
 *
 * @param name file name without `.md`.
 * @throws ReplywrightError `policy_invalid` with the line of the first mistake.
 */
export function parsePolicy(name: string, markdown: string): Policy {
  const reader = new PolicyReader(name);
  const lines = markdown.replace(/^\uFEFF/, '').split(/\r?\n/);
  lines.forEach((text, index) => {
    reader.take(text, index + 1);
  });
  return reader.finish();
}

function unreadable(file: string, error: NodeJS.ErrnoException): ReplywrightError {
  const detail = `it cannot be read (${error.code ?? error.name})`;
  return new ReplywrightError('policy_invalid', { file, line: 1, detail }, { cause: error });
}

/**
 * Loads `folder/*.md`, in the order of their names.
 *
 * @param wanted the names to load, or `all`.
 * @throws ReplywrightError `policy_invalid` with file and line; also when a wanted one is missing.
 */
export async function loadPolicies(
  folder: string,
  wanted: readonly string[] | 'all' = 'all',
): Promise<PolicySet> {
  const files = await readdir(folder).catch((error) => Promise.reject(unreadable(folder, error)));
  const names = files
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .filter((name) => wanted === 'all' || wanted.includes(name))
    .sort();
  const missing = wanted === 'all' ? undefined : wanted.find((name) => !names.includes(name));
  if (missing !== undefined) throw unreadable(`${missing}.md`, { code: 'ENOENT' } as never);

  const policies: Policy[] = [];
  const hashes: [string, string][] = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, `${name}.md`)).catch((error) =>
      Promise.reject(unreadable(`${name}.md`, error)),
    );
    policies.push(parsePolicy(name, bytes.toString('utf8')));
    hashes.push([name, sha256(bytes)]);
  }
  const all = policies.flatMap((policy) => policy.sections);
  return {
    policies,
    sections: new Map(all.map((section) => [section.id, section])),
    sha256: sha256(canonicalJson(hashes)),
  };
}

/**
 * The headings of all sections by their ids, as the policies write them: `Shipping: How an order
 * leaves`. Empty when the policies cannot be loaded; the responder tells why.
 */
export async function sectionTitles(folder: string): Promise<Map<string, string>> {
  const loaded = await loadPolicies(folder).catch(() => null);
  const policies = loaded?.policies ?? [];
  return new Map(
    policies.flatMap(({ title, sections }) =>
      sections.map(({ id, heading }): [string, string] => [id, `${title}: ${heading}`]),
    ),
  );
}

/** The text with all white space folded, for comparing quotes across line breaks. */
function foldSpace(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

/** True when `quote` stands word for word in the section `id`. */
export function isVerbatim(policies: PolicySet, id: string, quote: string): boolean {
  const section = policies.sections.get(id);
  const folded = foldSpace(quote);
  return section !== undefined && folded !== '' && foldSpace(section.text).includes(folded);
}

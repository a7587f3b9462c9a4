/** Loads the policy files: Markdown whose sections have ids and can be cited. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { canonicalJson, sha256 } from './digest.ts';

export interface PolicySection {
  /** How it is cited: `<file>#<section-id>`. */
  id: string;
  heading: string;
  /** The text below the heading, trimmed. Never empty. */
  text: string;
  /** Line of the heading in its file, from 1. */
  line: number;
  /** Line on which the text begins. */
  textLine: number;
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

/** What is wrong with a policy file, and where. */
export interface PolicyMistake {
  /** From 1. */
  line: number;
  detail: string;
}

/** Collects sections line by line, knows where each began, and goes on after a mistake. */
class PolicyReader {
  readonly #name: string;
  #title: string | null = null;
  readonly #sections: { id: string; heading: string; line: number; lines: string[] }[] = [];
  /** In the order of the file, except for what is missing altogether. */
  readonly mistakes: PolicyMistake[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  #mistake(line: number, detail: string): void {
    this.mistakes.push({ line, detail });
  }

  take(text: string, line: number): void {
    if (/^##(?!#)/.test(text)) this.#begin(text, line);
    else if (this.#sections.length > 0) this.#continue(text, line);
    else if (this.#title === null && /^#\s+\S/.test(text)) this.#title = text.slice(1).trim();
    else if (text.trim() !== '' && this.#title === null) {
      this.#mistake(line, 'it does not begin with "# Title"');
      this.#title = this.#name;
    } else if (text.trim() !== '')
      this.#mistake(line, 'text stands outside a section, where it cannot be cited');
  }

  #continue(text: string, line: number): void {
    if (/^#(?!#)\s/.test(text)) this.#mistake(line, 'a policy has one title');
    this.#sections.at(-1)?.lines.push(text);
  }

  #begin(text: string, line: number): void {
    if (this.#title === null) {
      this.#mistake(line, 'it does not begin with "# Title"');
      this.#title = this.#name;
    }
    const [, heading, id] = sectionHeading.exec(text) ?? [];
    if (!heading || !id) this.#mistake(line, 'the section has no heading or no {#section-id}');
    const twin = id && this.#sections.find((section) => section.id === id);
    if (twin) this.#mistake(line, `the id "${id}" is already used on line ${twin.line}`);
    this.#sections.push({ id: id ?? '', heading: heading ?? '', line, lines: [] });
  }

  finish(): Policy {
    if (this.#title === null) this.#mistake(1, 'it does not begin with "# Title"');
    else if (this.#sections.length === 0 && this.mistakes.length === 0)
      this.#mistake(1, 'it has no sections');
    const sections = this.#sections.map(({ id, heading, line, lines }) => {
      const text = lines.join('\n').trim();
      if (text === '') this.#mistake(line, `the section "${id}" is empty`);
      const blank = lines.findIndex((one) => one.trim() !== '');
      return { id: `${this.#name}#${id}`, heading, text, line, textLine: line + 1 + blank };
    });
    return { name: this.#name, title: this.#title ?? '', sections };
  }
}

/**
 * Reads one policy as far as it can be read.
 *
 * @param name file name without `.md`.
 * @returns the policy, and every mistake in it; usable only where there is none.
 */
export function readPolicy(
  name: string,
  markdown: string,
): { policy: Policy; mistakes: PolicyMistake[] } {
  const reader = new PolicyReader(name);
  const lines = markdown.replace(/^\uFEFF/, '').split(/\r?\n/);
  lines.forEach((text, index) => {
    reader.take(text, index + 1);
  });
  const policy = reader.finish();
  return { policy, mistakes: reader.mistakes.toSorted((left, right) => left.line - right.line) };
}

/**
 * Reads one policy.
 *
 * @param name file name without `.md`.
 * @throws ReplywrightError `policy_invalid` with the line of the first mistake.
 */
export function parsePolicy(name: string, markdown: string): Policy {
  const { policy, mistakes } = readPolicy(name, markdown);
  const [first] = mistakes;
  if (first) throw new ReplywrightError('policy_invalid', { file: `${name}.md`, ...first });
  return policy;
}

function unreadable(file: string, error: NodeJS.ErrnoException): ReplywrightError {
  const detail = `it cannot be read (${error.code ?? error.name})`;
  return new ReplywrightError('policy_invalid', { file, line: 1, detail }, { cause: error });
}

/** A policy and the bytes of its file. */
export interface PolicyFile {
  policy: Policy;
  bytes: Buffer;
}

/** The set of these policies, in their order. */
export function policySet(read: readonly PolicyFile[]): PolicySet {
  const policies = read.map(({ policy }) => policy);
  const sections = policies.flatMap((policy) => policy.sections);
  return {
    policies,
    sections: new Map(sections.map((section) => [section.id, section])),
    sha256: sha256(canonicalJson(read.map(({ policy, bytes }) => [policy.name, sha256(bytes)]))),
  };
}

/** The policy files of a folder without `.md`, sorted. @throws ReplywrightError `policy_invalid`. */
export async function policyNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((error) => Promise.reject(unreadable(folder, error)));
  return files
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort();
}

/** The bytes of one policy file. @throws ReplywrightError `policy_invalid`. */
export async function readPolicyFile(folder: string, name: string): Promise<Buffer> {
  return await readFile(join(folder, `${name}.md`)).catch((error) =>
    Promise.reject(unreadable(`${name}.md`, error)),
  );
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
  const names = (await policyNames(folder)).filter(
    (name) => wanted === 'all' || wanted.includes(name),
  );
  const missing = wanted === 'all' ? undefined : wanted.find((name) => !names.includes(name));
  if (missing !== undefined) throw unreadable(`${missing}.md`, { code: 'ENOENT' } as never);

  const read: PolicyFile[] = [];
  for (const name of names) {
    const bytes = await readPolicyFile(folder, name);
    read.push({ policy: parsePolicy(name, bytes.toString('utf8')), bytes });
  }
  return policySet(read);
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

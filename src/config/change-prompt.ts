/** Changes which prompt version a settings file names, and nothing else in it: comments and order stay. */

import { type Document, isMap, isScalar, parseDocument, type Scalar, type YAMLMap } from 'yaml';

/** The entry of that name in a list of the settings; null when there is none. */
function entryOf(document: Document, list: string, name: unknown): YAMLMap | null {
  const items = (document.get(list) as { items?: unknown[] } | undefined)?.items ?? [];
  return items.filter(isMap).find((entry) => entry.get('name') === name) ?? null;
}

/** Where the prompt of a mailbox stands: with the responder that it names, else with itself. */
function groupOf(document: Document, mailbox: string): YAMLMap | null {
  const entry = entryOf(document, 'mailboxes', mailbox);
  const responder = entry?.get('responder');
  return responder === undefined ? entry : entryOf(document, 'responders', responder);
}

function spliced(text: string, { range, source }: Scalar, version: string): string {
  const [start, end] = range ?? [0, 0];
  const quote = /^['"]/.exec(text.slice(start, end) || (source ?? ''))?.[0] ?? '';
  return `${text.slice(0, start)}${quote}${version}${quote}${text.slice(end)}`;
}

/**
 * The settings with another prompt version.
 *
 * @param text valid settings, as loadConfig has accepted them.
 * @param mailbox the mailbox that is to draft with it; null for the `prompt` of all.
 * @param version `<prompt>/<version>`.
 * @returns the text, or null when there is no such mailbox in it.
 */
export function withPrompt(text: string, mailbox: string | null, version: string): string | null {
  const document = parseDocument(text);
  const group = mailbox === null ? document.contents : groupOf(document, mailbox);
  if (!isMap(group)) return null;
  const written = group.get('prompt', true);
  // Where a value stands already, nothing around it is written anew.
  if (isScalar(written) && written.range) return spliced(text, written, version);
  group.set('prompt', version);
  return document.toString({ lineWidth: 0 });
}

/** Changes which prompt version a settings file names, and nothing else in it: comments and order stay. */

import { type Document, isMap, isScalar, parseDocument, type Scalar, type YAMLMap } from 'yaml';

/** The entry of a mailbox in the settings; null when there is none of that name. */
function mailboxEntry(document: Document, name: string): YAMLMap | null {
  const entries = document.get('mailboxes');
  const items = (entries as { items?: unknown[] } | undefined)?.items ?? [];
  return items.filter(isMap).find((entry) => entry.get('name') === name) ?? null;
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
  const group = mailbox === null ? document.contents : mailboxEntry(document, mailbox);
  if (!isMap(group)) return null;
  const written = group.get('prompt', true);
  // Where a value stands already, nothing around it is written anew.
  if (isScalar(written) && written.range) return spliced(text, written, version);
  group.set('prompt', version);
  return document.toString({ lineWidth: 0 });
}

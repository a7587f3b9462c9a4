/** Corpora of real mail: a manifest beside a folder of files, read one file at a time. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const manifestSchema = z.array(
  z.object({
    /** Relative to the folder of the manifest. */
    file: z.string(),
    kind: z.string(),
    source: z.string(),
    /** What the mail is, by the name of its file upstream: weak, and now and then wrong. */
    label: z.string().optional(),
    /** Set on files that are no mail: an expected result, a licence. */
    role: z.string().optional(),
    /** File with what another parser made of the mail. */
    expectedJson: z.string().optional(),
  }),
);

export type ManifestEntry = z.infer<typeof manifestSchema>[number];

export interface MailCorpus {
  entries: ManifestEntry[];
  /** The bytes of a file that the manifest names. */
  read(file: string): Promise<Buffer>;
}

/**
 * Opens `mail/NAME.manifest.json` of the corpora.
 *
 * @param corpora the folder of test data; null where none was named.
 * @throws Error when there is none, or its manifest has another form.
 */
export async function openCorpus(corpora: string | null, name: string): Promise<MailCorpus> {
  if (corpora === null)
    throw new Error('Name the folder of test data: --corpora DIR, or REPLYWRIGHT_CORPORA.');
  const folder = join(corpora, 'mail');
  const text = await readFile(join(folder, `${name}.manifest.json`), 'utf8');
  return {
    entries: manifestSchema.parse(JSON.parse(text)),
    read: (file) => readFile(join(folder, file)),
  };
}

/** `part` of `whole` in percent with one decimal; 100 of nothing. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((1000 * part) / whole) / 10;
}

/** Labelled replies: reads them from the manifests of a corpus, and judges what was extracted. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** An entry of a `*.manifest.json` in the folder `mail`; other kinds of mail have entries there too. */
const entrySchema = z.object({
  /** Path below the folder `mail`. */
  file: z.string(),
  source: z.string(),
  kind: z.string(),
  /** What the file holds: the text of a mail, its HTML, or the mail itself. */
  input: z.enum(['text', 'html', 'eml']),
  /** `exact`: the reply is `expectedReply`. `contains`: it has and has not certain passages. */
  goldKind: z.enum(['exact', 'contains']),
  expectedReply: z.string().optional(),
  mustContain: z.array(z.string()).optional(),
  mustNotContain: z.array(z.string()).optional(),
});

type Gold = Pick<
  z.infer<typeof entrySchema>,
  'goldKind' | 'expectedReply' | 'mustContain' | 'mustNotContain'
>;

export interface LabelledReply extends z.infer<typeof entrySchema> {
  bytes: Buffer;
}

/**
 * All labelled replies of the corpus.
 *
 * @param folder the folder `mail` of the corpora.
 * @throws Error where there is no manifest, or an entry of the kind `reply` is not as above.
 */
export async function labelledReplies(folder: string): Promise<LabelledReply[]> {
  const manifests = (await readdir(folder)).filter((name) => name.endsWith('.manifest.json'));
  const replies: LabelledReply[] = [];
  for (const name of manifests.sort()) {
    const entries = z
      .array(z.looseObject({ kind: z.string() }))
      .parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
    for (const entry of entries.filter(({ kind }) => kind === 'reply')) {
      const reply = entrySchema.parse(entry);
      replies.push({ ...reply, bytes: await readFile(join(folder, reply.file)) });
    }
  }
  if (replies.length === 0) throw new Error(`No manifest in ${folder} lists a reply.`);
  return replies;
}

/** Mails without a label: only what must hold for every mail can be asked of them. */
export async function unlabelledReplies(folder: string): Promise<{ file: string; text: string }[]> {
  const folders = ['reply-unlabelled', 'reply-html-unlabelled', 'reply-stress'];
  const files: { file: string; text: string }[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!folders.some((prefix) => name.startsWith(`${prefix}/`)) || !/\.\w+$/.test(name)) continue;
    files.push({ file: name, text: await readFile(join(folder, name), 'utf8') });
  }
  return files;
}

/** How texts are compared: composed (NFC), each run of white space one space, none around. */
function comparable(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}

/** True when `extracted` is what `gold` asks for; nothing but white space may differ. */
export function isRight(extracted: string, gold: Gold): boolean {
  const got = comparable(extracted);
  if (gold.goldKind === 'exact') return got === comparable(gold.expectedReply ?? '');
  return (
    (gold.mustContain ?? []).every((passage) => got.includes(comparable(passage))) &&
    !(gold.mustNotContain ?? []).some((passage) => got.includes(comparable(passage)))
  );
}

/** `eval quoted`: how often the new words of a reply are told from quotations and signatures. */

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseMail } from '../../src/mail/parse.ts';
import { extractNewHtmlText } from '../../src/mail/quoted-html.ts';
import { extractNewText } from '../../src/mail/quoted-text.ts';
import { readableHtml } from '../../src/mail/readable-html.ts';
import type { Figures, MeasurementOptions, Target } from '../figures.ts';
import {
  isRight,
  type LabelledReply,
  labelledReplies,
  unlabelledReplies,
} from '../reply-corpus.ts';
import { replyLibraries } from '../reply-libraries.ts';

export const description = 'labelled replies whose new words are found, plain and HTML';

/** What a library never gets more of: they hang on longer hostile texts. */
const libraryCap = 64 * 1024;

/** How often each hostile string is read; the fastest time counts, for the others tell of the machine. */
const timedRuns = 5;

interface Judged extends Pick<LabelledReply, 'file' | 'source' | 'input'> {
  right: boolean;
  blank: boolean;
}

function share(cases: readonly { right: boolean }[]): number {
  const right = cases.filter((one) => one.right).length;
  return cases.length === 0 ? 0 : Math.round((right / cases.length) * 1000) / 1000;
}

/** The text that a plain reader starts from. */
async function textOf({ input, bytes }: LabelledReply): Promise<string> {
  if (input === 'eml') return (await parseMail(bytes)).text;
  const text = bytes.toString('utf8');
  return input === 'html' ? readableHtml(text) : text.replace(/\r\n?/g, '\n');
}

async function newTextOf(reply: LabelledReply): Promise<string> {
  if (reply.input === 'eml') return (await parseMail(reply.bytes)).newText;
  const text = reply.bytes.toString('utf8');
  return reply.input === 'html' ? extractNewHtmlText(text) : extractNewText(text);
}

async function judge(replies: readonly LabelledReply[]): Promise<Judged[]> {
  return await Promise.all(
    replies.map(async (reply) => {
      const extracted = await newTextOf(reply);
      const { file, source, input } = reply;
      return {
        ...{ file, source, input },
        right: isRight(extracted, reply),
        blank: extracted.trim() === '',
      };
    }),
  );
}

/** What a library makes of the same replies, with the same judge. */
async function measureLibraries(
  replies: readonly LabelledReply[],
): Promise<Record<string, number>> {
  const plain = replies.filter(({ input }) => input !== 'html');
  const html = replies.filter(({ input }) => input === 'html');
  const figures: Record<string, number> = {};
  for (const [name, extract] of Object.entries(replyLibraries))
    for (const [kind, cases] of Object.entries({ plain, html })) {
      const judged = await Promise.all(
        cases.map(async (reply) => {
          const text = (await textOf(reply)).slice(0, libraryCap);
          return { right: isRight(extract(text), reply) };
        }),
      );
      figures[`${kind}_pass_rate_${name}`] = share(judged);
    }
  return figures;
}

/** A string too long to be stored: `rep` repeated `n` times between `pre` and `post`. */
const hostileSchema = z.object({
  id: z.string(),
  n: z.number(),
  recipe: z.object({ pre: z.string(), rep: z.string(), post: z.string() }),
});

/** The hostile strings that the corpora hold; none where that folder is not among them. */
async function hostileStrings(corpora: string): Promise<{ id: string; text: string }[]> {
  const path = join(corpora, 'security', 'malformed', 'redos_strings.jsonl');
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return [];
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const { id, n, recipe } = hostileSchema.parse(JSON.parse(line));
    return { id, text: recipe.pre + recipe.rep.repeat(n) + recipe.post };
  });
}

/** Milliseconds that `extract` needs for `text`: the least of a few runs. */
function timeOf(extract: (text: string) => string, text: string): number {
  const times = Array.from({ length: timedRuns }, () => {
    const begun = performance.now();
    extract(text);
    return performance.now() - begun;
  });
  return Math.min(...times);
}

/** The longest time that any of `texts` needs, in ms to one decimal. */
function worst(extract: (text: string) => string, texts: readonly { text: string }[]): number {
  return Math.round(Math.max(...texts.map(({ text }) => timeOf(extract, text))) * 10) / 10;
}

function bySource(judged: readonly Judged[]): Record<string, number> {
  const groups = Object.entries(Object.groupBy(judged, ({ source }) => source));
  return Object.fromEntries(
    groups.flatMap(([source, cases = []]) => [
      [`n[${source}]`, cases.length],
      [`pass_rate[${source}]`, share(cases)],
    ]),
  );
}

/** Reads every labelled reply of the corpora, ours and the libraries' way. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  if (corpora === null) throw new Error('Name the corpora: --corpora DIR or REPLYWRIGHT_CORPORA.');
  const mail = join(corpora, 'mail');
  const replies = await labelledReplies(mail);
  const judged = await judge(replies);
  const plain = judged.filter(({ input }) => input !== 'html');
  const html = judged.filter(({ input }) => input === 'html');
  const failures = judged.filter(({ right }) => !right).map(({ file }) => file);
  for (const file of failures) progress(`not as labelled: ${file}`);
  const unlabelled = await unlabelledReplies(mail);
  const read = ({ file, text }: { file: string; text: string }): string =>
    file.endsWith('.html') ? extractNewHtmlText(text) : extractNewText(text);
  const hostile = await hostileStrings(corpora);
  if (hostile.length === 0) progress('no hostile strings among the corpora: no times measured');
  const targets: Record<string, Target> = {
    plain_pass_rate: { atLeast: 0.8 },
    html_pass_rate: { atLeast: 0.83 },
    empty: { below: 1 },
    ...(hostile.length === 0 ? {} : { hostile_worst_ms: { below: 50 } }),
  };
  return {
    figures: {
      n: judged.length,
      pass: judged.length - failures.length,
      plain_n: plain.length,
      plain_pass_rate: share(plain),
      html_n: html.length,
      html_pass_rate: share(html),
      empty:
        judged.filter(({ blank }) => blank).length +
        unlabelled.filter((one) => read(one).trim() === '').length,
      ...bySource(judged),
      unlabelled_n: unlabelled.length,
      hostile_n: hostile.length,
      ...(hostile.length === 0
        ? {}
        : {
            hostile_worst_ms: worst(extractNewText, hostile),
            hostile_html_worst_ms: worst(extractNewHtmlText, hostile),
          }),
    },
    failures: { replies: failures },
    reference: await measureLibraries(replies),
    targets,
  };
}

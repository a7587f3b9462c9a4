/** `eval retrieval`: whether the examples found for a mail answer the same wish, and what each part adds. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type IndexedExample,
  measuredWeights,
  openExampleIndex,
  type RetrievalWeights,
} from '../../src/responder/example-index.ts';
import { type Figures, type MeasurementOptions, median } from '../figures.ts';
import { exampleOf, readSupport, rounded, type SupportRow } from '../support-corpus.ts';

export const description =
  'retrieval of examples: same wish found, by each part of it, and the time of a query';

const fullPool = 10_000;
const folds = 5;
/** Whatever stands below this rank counts as not found. */
const lookedAt = 50;

/** The parts in the order in which they were added. */
const variants: Record<string, RetrievalWeights> = {
  words_of_mails: { words: 1, replyWords: 0, meaning: 0, expansion: 0 },
  and_words_of_replies: { ...measuredWeights, meaning: 0, expansion: 0 },
  meaning_alone: { ...measuredWeights, words: 0, expansion: 0 },
  words_and_meaning: { ...measuredWeights, expansion: 0 },
};

interface Quality {
  ndcg: number;
  mrr: number;
  n: number;
}

/** nDCG at 10, relevance being the same intent; null when the pool holds none. */
function judge(found: readonly string[], wanted: string, inPool: number): [number, number] | null {
  if (inPool === 0) return null;
  const gain = (at: number) => 1 / Math.log2(at + 2);
  const ideal = Array.from({ length: Math.min(10, inPool) }, (_, at) => gain(at));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const hits = found.slice(0, 10).map((intent, at) => (intent === wanted ? gain(at) : 0));
  const first = found.indexOf(wanted);
  return [sum(hits) / sum(ideal), first < 0 ? 0 : 1 / (first + 1)];
}

async function qualityOf(
  pool: readonly SupportRow[],
  mails: readonly SupportRow[],
  weights: RetrievalWeights,
): Promise<{ judged: [number, number][] }> {
  const index = await openExampleIndex(pool.map(exampleOf), weights);
  const intents = new Map(pool.map(({ id, intent }) => [id, intent]));
  const counts = Map.groupBy(pool, ({ intent }) => intent);
  const judged = mails.flatMap((mail) => {
    const query = { subject: mail.subject, text: mail.body, language: 'en' };
    const found = index.search(query, lookedAt);
    const names = found.map(({ example }) => intents.get(example.id) ?? '');
    const verdict = judge(names, mail.intent, counts.get(mail.intent)?.length ?? 0);
    return verdict ? [verdict] : [];
  });
  return { judged };
}

function averaged(judged: readonly [number, number][]): Quality {
  const mean = (at: 0 | 1) =>
    judged.reduce((sum, values) => sum + values[at], 0) / (judged.length || 1);
  return { ndcg: rounded(mean(0)), mrr: rounded(mean(1)), n: judged.length };
}

/** The fold of a row; what belongs together stays together. */
function foldOf({ group }: SupportRow): number {
  return [...group].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10_007, 7) % folds;
}

/** Pool against pool, in folds that share no conversation and no customer: what weights are chosen by. */
async function crossValidated(
  pool: readonly SupportRow[],
  weights: RetrievalWeights,
): Promise<Quality> {
  const all: [number, number][] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const rest = pool.filter((row) => foldOf(row) !== fold);
    const { judged } = await qualityOf(
      rest,
      pool.filter((row) => foldOf(row) === fold),
      weights,
    );
    all.push(...judged);
  }
  return averaged(all);
}

/** As many examples as a full pool has: the rows again and again, each time with other words in them. */
function enlarged(pool: readonly SupportRow[]): IndexedExample[] {
  return Array.from({ length: fullPool }, (_, number) => {
    const example = exampleOf(pool[number % pool.length] as SupportRow);
    const other = exampleOf(pool[(number * 7 + 3) % pool.length] as SupportRow);
    const lent = other.mail.split(' ');
    const words = example.mail.split(' ');
    const mail = words.map((word, at) => ((at + number) % 4 === 0 ? (lent[at] ?? word) : word));
    return { ...example, id: `${example.id}-${number}`, mail: mail.join(' ') };
  });
}

/** Bytes that are in use once what nothing holds any more is gone. */
function held(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function timed(
  pool: readonly SupportRow[],
  mails: readonly SupportRow[],
): Promise<Record<string, number>> {
  const examples = enlarged(pool);
  const before = held();
  let latest = performance.now();
  let longest = 0;
  const look = setInterval(() => {
    longest = Math.max(longest, performance.now() - latest);
    latest = performance.now();
  }, 1);
  const began = performance.now();
  const index = await openExampleIndex(examples);
  const built = performance.now() - began;
  clearInterval(look);
  const times = mails.map(({ subject, body }) => {
    const start = performance.now();
    index.search({ subject, text: body, language: 'en' }, 5);
    return performance.now() - start;
  });
  return {
    ms_per_query: rounded(times.reduce((sum, time) => sum + time, 0) / times.length),
    median_ms_per_query: rounded(median(times)),
    index_build_ms: Math.round(built),
    index_longest_block_ms: Math.round(longest),
    index_mb: Math.round((held() - before) / 2 ** 20),
  };
}

/** Looks up every mail of the set in the pool. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const pool = await readSupport(corpora, 'fewshot-pool');
  const mails = await readSupport(corpora, 'mails');
  const time = await timed(pool, mails);
  progress(`${time.ms_per_query} ms a query at ${fullPool} examples`);
  const all = averaged((await qualityOf(pool, mails, measuredWeights)).judged);
  const within = await crossValidated(pool, measuredWeights);
  const reference: Record<string, number> = {};
  for (const [name, weights] of Object.entries(variants)) {
    const { ndcg, mrr } = averaged((await qualityOf(pool, mails, weights)).judged);
    reference[`${name}_ndcg_10`] = ndcg;
    reference[`${name}_mrr`] = mrr;
    progress(`${name}: nDCG@10 ${ndcg}, MRR ${mrr}`);
  }
  return {
    figures: {
      n: all.n,
      ndcg_10: all.ndcg,
      mrr: all.mrr,
      pool_ndcg_10: within.ndcg,
      pool_mrr: within.mrr,
      ...time,
    },
    reference,
    targets: {
      ndcg_10: { atLeast: 0.53 },
      mrr: { atLeast: 0.76 },
      ms_per_query: { below: 10 },
    },
  };
}

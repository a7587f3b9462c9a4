/** `eval mime`: real and broken mail through the parser: seen or quarantined, text right, quickly. */

import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import { ReplywrightError } from '../../src/domain/errors.ts';
import { parseMail } from '../../src/mail/parse.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { type MailCorpus, type ManifestEntry, openCorpus, percent } from '../mail-corpus.ts';

export const description =
  'MIME: no crash, every mail visible, charset mistakes against other parsers, time a mail';

const rounds = 3;

/** What one parser made of one mail. */
type Reading =
  | { state: 'parsed'; text: string; visible: boolean }
  | { state: 'quarantined'; reason: string }
  | { state: 'crashed'; reason: string };

type Reader = (raw: Buffer) => Promise<Reading>;

function joined(pieces: readonly unknown[]): string {
  return pieces.filter((piece) => typeof piece === 'string').join('\n');
}

async function ours(raw: Buffer): Promise<Reading> {
  // A file may be read again for another parser, and a large mail is handed over for good.
  const nothing = raw.toString('latin1').trim() === '';
  try {
    const mail = await parseMail(Buffer.from(raw));
    const people = [mail.from, ...mail.to, ...mail.cc].map((person) => person?.name);
    const files = mail.attachments.map(({ filename }) => filename);
    const text = joined([mail.subject, mail.text, mail.html, ...people, ...files]);
    const headers = [...mail.headers.values()].flat().join('');
    return { state: 'parsed', text, visible: nothing || `${text}${headers}`.trim() !== '' };
  } catch (error) {
    if (error instanceof ReplywrightError && error.code === 'mail_unparsable')
      return { state: 'quarantined', reason: error.message };
    return { state: 'crashed', reason: String(error) };
  }
}

async function postalMime(raw: Buffer): Promise<Reading> {
  try {
    const mail = await PostalMime.parse(raw);
    const people = [mail.from, ...(mail.to ?? []), ...(mail.cc ?? [])].map((one) => one?.name);
    const files = mail.attachments.map(({ filename }) => filename);
    const text = joined([mail.subject, mail.text, mail.html, ...people, ...files]);
    return { state: 'parsed', text, visible: true };
  } catch (error) {
    return { state: 'crashed', reason: String(error) };
  }
}

async function mailparser(raw: Buffer): Promise<Reading> {
  try {
    const mail = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
    const people = [mail.from, mail.to, mail.cc].flat().flatMap((list) => list?.value ?? []);
    const files = mail.attachments.map(({ filename }) => filename);
    const names = people.map(({ name }) => name);
    const text = joined([mail.subject, mail.text, mail.html, ...names, ...files]);
    return { state: 'parsed', text, visible: true };
  } catch (error) {
    return { state: 'crashed', reason: String(error) };
  }
}

/** The words of a text in which a wrong charset would show, without punctuation around them. */
function tellingWords(text: string): string[] {
  return (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter((word) => /[^\p{ASCII}]/u.test(word));
}

interface ExpectedParts {
  parts: { body: string | { Text?: string; Html?: string } }[];
}

/** The telling words that another parser found in the texts of a mail. */
async function expectedWords({ read }: MailCorpus, entry: ManifestEntry): Promise<string[]> {
  if (entry.expectedJson === undefined) return [];
  const { parts } = JSON.parse((await read(entry.expectedJson)).toString('utf8')) as ExpectedParts;
  return parts.flatMap(({ body }) =>
    typeof body === 'string' ? [] : tellingWords(body.Text ?? body.Html ?? ''),
  );
}

/** A replacement character that the mail does not hold, or an expected word that is missing. */
function isCharsetMistake(reading: Reading, raw: Buffer, expected: readonly string[]): boolean {
  if (reading.state !== 'parsed') return expected.length > 0;
  if (reading.text.includes('\ufffd') && !raw.includes('\ufffd')) return true;
  return expected.some((word) => !reading.text.includes(word));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

interface Timed {
  reading: Reading;
  ms: number;
  /** Of all threads: what the mail costs, whoever else uses the machine. */
  cpuMs: number;
}

interface Result extends Timed {
  entry: ManifestEntry;
  mistake: boolean;
}

/** Reads a mail a few times; the quickest counts, because others use the machine, too. */
async function timed(reader: Reader, raw: Buffer): Promise<Timed> {
  let best = Number.POSITIVE_INFINITY;
  let bestCpu = Number.POSITIVE_INFINITY;
  let reading: Reading = { state: 'crashed', reason: 'not read' };
  for (let time = 0; time < rounds; time += 1) {
    const [begun, cpuBegun] = [performance.now(), process.cpuUsage()];
    reading = await reader(raw);
    best = Math.min(best, performance.now() - begun);
    const { user, system } = process.cpuUsage(cpuBegun);
    bestCpu = Math.min(bestCpu, (user + system) / 1_000);
  }
  return { reading, ms: best, cpuMs: bestCpu };
}

async function readAll(corpus: MailCorpus, reader: Reader): Promise<Result[]> {
  const results: Result[] = [];
  for (const entry of corpus.entries) {
    if (entry.role !== undefined) continue;
    const raw = await corpus.read(entry.file);
    const measured = await timed(reader, raw);
    const expected = await expectedWords(corpus, entry);
    // Files that are attachments rather than mails hold bytes of every kind.
    const mistake = entry.kind !== 'tnef' && isCharsetMistake(measured.reading, raw, expected);
    results.push({ entry, mistake, ...measured });
  }
  return results;
}

function bySource(results: readonly Result[]): Record<string, number> {
  const sources = Map.groupBy(results, ({ entry }) => entry.source);
  const figures = [...sources].map(([name, some]) => [
    [`n ${name}`, some.length],
    [`parsed_percent ${name}`, percent(some.filter(isParsed).length, some.length)],
    [`charset_mistakes ${name}`, some.filter(({ mistake }) => mistake).length],
  ]);
  return Object.fromEntries(figures.flat());
}

function isParsed({ reading }: Result): boolean {
  return reading.state === 'parsed';
}

const tenths = (ms: number) => Math.round(ms * 10) / 10;

/** Reads every mail of the manifest `mime` with our parser, and with others to compare. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const corpus = await openCorpus(corpora, 'mime');
  const results = await readAll(corpus, ours);
  progress(`${results.length} mails read`);
  const others = {
    postal_mime: await readAll(corpus, postalMime),
    mailparser: await readAll(corpus, mailparser),
  };
  const mistakes = (some: readonly Result[]) => some.filter(({ mistake }) => mistake);
  const best = Math.min(...Object.values(others).map((some) => mistakes(some).length));
  const crashed = results.filter(({ reading }) => reading.state === 'crashed');
  const hidden = results.filter(({ reading }) => reading.state === 'parsed' && !reading.visible);
  const quarantined = results.filter(({ reading }) => reading.state === 'quarantined');
  const times = results.map(({ ms }) => ms);
  const names = (some: readonly Result[]) => some.map(({ entry }) => entry.file);
  return {
    figures: {
      n: results.length,
      crashed: crashed.length,
      not_visible: hidden.length,
      quarantined: quarantined.length,
      charset_mistakes: mistakes(results).length,
      p50_ms: tenths(percentile(times, 0.5)),
      p99_ms: tenths(percentile(times, 0.99)),
      p99_cpu_ms: tenths(
        percentile(
          results.map(({ cpuMs }) => cpuMs),
          0.99,
        ),
      ),
      slowest_ms: tenths(Math.max(...times)),
      ...bySource(results),
    },
    reference: Object.fromEntries(
      Object.entries(others).flatMap(([name, some]) => [
        [`${name}_charset_mistakes`, mistakes(some).length],
        [`${name}_crashed`, some.filter(({ reading }) => reading.state === 'crashed').length],
        [
          `${name}_p99_ms`,
          tenths(
            percentile(
              some.map(({ ms }) => ms),
              0.99,
            ),
          ),
        ],
      ]),
    ),
    targets: {
      crashed: { below: 1 },
      not_visible: { below: 1 },
      charset_mistakes: { below: best + 1 },
      p99_ms: { below: 50 },
    },
    failures: {
      crashed: names(crashed),
      not_visible: names(hidden),
      quarantined: names(quarantined),
      charset_mistakes: names(mistakes(results)),
    },
  };
}

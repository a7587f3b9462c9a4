/** `eval automated`: which automatic mail is recognized, and which people are held back by mistake. */

import type { Answerability, Headers, ParsedMail } from '../../src/domain/message.ts';
import { answerability } from '../../src/mail/automated.ts';
import { parseMail } from '../../src/mail/parse.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { type ManifestEntry, openCorpus, percent } from '../mail-corpus.ts';

export const description =
  'automatic mail: bounces, reports and auto-replies recognized, people held back by mistake';

interface Judged {
  entry: ManifestEntry;
  verdict: Answerability;
  mail: ParsedMail;
}

const reports = new Set(['bounce', 'arf', 'mdn']);

/** RFC 3834, section 5, and nothing else: what every careful program does. */
function plainRules(headers: Headers): boolean {
  const value = (name: string) => headers.get(name)?.[0]?.trim().toLowerCase() ?? '';
  const marked = value('auto-submitted');
  return (
    (marked !== '' && !marked.startsWith('no')) ||
    value('return-path') === '<>' ||
    value('content-type').startsWith('multipart/report') ||
    /^(?:bulk|junk|list|auto_reply)/.test(value('precedence')) ||
    [...headers.keys()].some((name) => /^list-(?:id|unsubscribe)$/.test(name))
  );
}

/**
 * The labels come from the names of the files. Where the mail itself says, by the marks of a
 * standard or by its sender's name, that no person reads replies to it, holding it back is no mistake.
 */
function saysItself({ headers, from }: ParsedMail): boolean {
  const [type = ''] = headers.get('content-type') ?? [];
  const [marked = 'no'] = headers.get('auto-submitted') ?? [];
  return (
    /^multipart\/report\b/i.test(type) ||
    !/^no\b/i.test(marked) ||
    (headers.get('return-path') ?? []).some((path) => path.trim() === '<>') ||
    /no-?_?reply@/i.test(from?.address ?? '')
  );
}

function isRight({ entry, verdict }: Judged): boolean {
  return (verdict.state === 'automated') === (entry.label !== 'human');
}

/** What delivery reports tell, of those that are recognized as such. */
function reportFigures(judged: readonly Judged[]): Record<string, number> {
  const told = judged.flatMap(({ mail }) =>
    mail.report?.kind === 'delivery' ? [mail.report] : [],
  );
  const named = told.filter(({ recipients }) => recipients.length > 0).length;
  const traced = told.filter(({ originalMessageId }) => originalMessageId !== null).length;
  const bounces = judged.filter(({ entry }) => entry.label === 'bounce').length;
  return {
    bounces_read_as_report_percent: percent(told.length, bounces),
    bounces_with_recipient_percent: percent(named, bounces),
    bounces_with_message_id_percent: percent(traced, bounces),
  };
}

function bySource(judged: readonly Judged[]): Record<string, number> {
  const sources = Map.groupBy(judged, ({ entry }) => `${entry.label}/${entry.source}`);
  const figures = [...sources].map(([name, some]) => [
    [`n ${name}`, some.length],
    [`right_percent ${name}`, percent(some.filter(isRight).length, some.length)],
  ]);
  return Object.fromEntries(figures.flat());
}

function summed(judged: readonly Judged[]): Figures {
  const labelled = (...labels: string[]) =>
    judged.filter(({ entry }) => labels.includes(entry.label ?? ''));
  const automatic = labelled(...reports);
  const replies = labelled('autoreply');
  const humans = labelled('human');
  const held = humans.filter((one) => !isRight(one));
  const mistaken = held.filter(({ mail }) => !saysItself(mail));
  const recognized = automatic.filter(isRight);
  const names = (some: readonly Judged[]) => some.map(({ entry }) => entry.file);
  const plainly = (some: readonly Judged[]) => some.filter(({ mail }) => plainRules(mail.headers));
  return {
    figures: {
      n: judged.length,
      bounces_and_reports: automatic.length,
      bounces_and_reports_percent: percent(recognized.length, automatic.length),
      auto_replies: replies.length,
      auto_replies_percent: percent(replies.filter(isRight).length, replies.length),
      humans: humans.length,
      humans_held_back_percent: percent(held.length, humans.length || 1),
      humans_held_back_by_mistake_percent: percent(mistaken.length, humans.length || 1),
      ...reportFigures(labelled('bounce')),
      ...bySource(judged),
    },
    reference: {
      plain_rules_bounces_and_reports_percent: percent(plainly(automatic).length, automatic.length),
      plain_rules_auto_replies_percent: percent(plainly(replies).length, replies.length),
      plain_rules_humans_held_back_percent: percent(plainly(humans).length, humans.length || 1),
    },
    targets: {
      bounces_and_reports_percent: { atLeast: 98 },
      auto_replies_percent: { atLeast: 100 },
      humans_held_back_by_mistake_percent: { below: 2.05 },
    },
    failures: {
      not_recognized: names([...automatic, ...replies].filter((one) => !isRight(one))),
      humans_held_back: names(held),
      humans_without_sender: names(humans.filter(({ verdict }) => verdict.state === 'blocked')),
      not_bounces_held_back: names(
        labelled('not-bounce').filter(({ verdict }) => verdict.state !== 'answerable'),
      ),
    },
  };
}

/** Judges every mail of the manifest `auto` as triage would. */
export async function run({ corpora, progress }: MeasurementOptions): Promise<Figures> {
  const { entries, read } = await openCorpus(corpora, 'auto');
  const judged: Judged[] = [];
  for (const entry of entries) {
    const mail = await parseMail(await read(entry.file));
    judged.push({ entry, mail, verdict: answerability(mail, []) });
  }
  progress(`${judged.length} mails judged`);
  return summed(judged);
}

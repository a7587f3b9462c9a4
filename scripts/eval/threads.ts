/** `eval threads`: how many threading cases are grouped as an owner wants, and how a naive threader does. */

import { normalizeSubject } from '../../src/mail/threading.ts';
import { type ThreadCase, threadCases } from '../../test/pipeline/thread-cases.ts';
import { expectedGrouping, type PlacedMail, runCase } from '../../test/pipeline/thread-run.ts';
import { openOwnDatabase } from '../../test/support/own-database.ts';
import { openHouse } from '../../test/support/parts.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';

export const description =
  'threading: cases from complaints about other programs, and two naive threaders beside';

const ours = 'help@shop.example';

/** Groups of keys, whatever their order. */
type Groups = string[][];

/** The grouping that a case expects, with what is filed alone as a group of its own. */
function wantedGroups(given: ThreadCase): Groups {
  return expectedGrouping(given)
    .split(' | ')
    .map((group) => group.split(' ').map((word) => word.replace(/[()-]/g, '')));
}

function isSame(left: Groups, right: Groups): boolean {
  const plain = (groups: Groups) =>
    groups
      .map((group) => group.toSorted().join(' '))
      .sort()
      .join('|');
  return plain(left) === plain(right);
}

/** Joins whatever shares a Message-ID, whoever wrote it. */
function byReferences(mails: readonly PlacedMail[]): Groups {
  const groups: { keys: string[]; ids: Set<string> }[] = [];
  for (const { key, messageId, references } of mails) {
    const ids = new Set([
      ...(messageId === null ? [] : [messageId]),
      ...(references.match(/<[^<>\s]+>/g) ?? []),
    ]);
    const tied = groups.filter((group) => [...ids].some((id) => group.ids.has(id)));
    const joined = { keys: [...tied.flatMap(({ keys }) => keys), key], ids };
    for (const group of tied) {
      for (const id of group.ids) ids.add(id);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(joined);
  }
  return groups.map(({ keys }) => keys);
}

/** Joins what one sender writes under one subject; a reply of ours goes with what it answers. */
function bySubject(mails: readonly PlacedMail[]): Groups {
  const address = (from: string) => (/<([^>]+)>/.exec(from)?.[1] ?? from).toLowerCase();
  const names = new Map<string, string>();
  for (const { key, from, subject, references } of mails) {
    const answered = mails.find(
      (each) => each.messageId !== null && references.trim() === each.messageId,
    );
    const name = `${address(from)} ${normalizeSubject(subject)}`;
    const parent = from === ours && answered !== undefined ? names.get(answered.key) : undefined;
    names.set(key, parent ?? name);
  }
  const groups = Map.groupBy(mails, ({ key }) => names.get(key));
  return [...groups.values()].map((group) => group.map(({ key }) => key));
}

/** True when two mails of different people share a group and should not. */
function mergesPeople(groups: Groups, wanted: Groups, mails: readonly PlacedMail[]): boolean {
  const writer = (key: string) => mails.find((mail) => mail.key === key)?.from ?? '';
  const apart = (one: string, other: string) =>
    writer(one) !== writer(other) &&
    ![writer(one), writer(other)].includes(ours) &&
    !wanted.some((group) => group.includes(one) && group.includes(other));
  return groups.some((group) => group.some((one) => group.some((other) => apart(one, other))));
}

const slug = (source: string) =>
  source
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/_$/, '');

/** Runs every case through intake, triage, review and delivery, on a database of its own. */
export async function run({ progress }: MeasurementOptions): Promise<Figures> {
  const house = await openHouse({ database: await openOwnDatabase() });
  const figures: Record<string, number> = {
    n: threadCases.length,
    pass: 0,
    failed: 0,
    merged_customers: 0,
  };
  const reference: Record<string, number> = {
    references_only_pass: 0,
    references_only_merged_customers: 0,
    sender_and_subject_pass: 0,
    sender_and_subject_merged_customers: 0,
  };
  const count = (figure: Record<string, number>, name: string, by: boolean) => {
    figure[name] = (figure[name] ?? 0) + (by ? 1 : 0);
  };
  try {
    for (const [number, given] of threadCases.entries()) {
      const { mails, grouping, mergesCustomers } = await runCase(house, given, number);
      const passed = grouping === expectedGrouping(given) && !mergesCustomers;
      count(figures, 'pass', passed);
      count(figures, 'merged_customers', mergesCustomers);
      count(figures, `${slug(given.source)}_n`, true);
      count(figures, `${slug(given.source)}_pass`, passed);
      if (!passed) {
        count(figures, 'failed', true);
        figures[`failed: ${given.name}`] = 1;
        progress(`${given.name}: expected ${given.expected}, got ${grouping}`);
      }
      const wanted = wantedGroups(given);
      const naive = { references_only: byReferences(mails), sender_and_subject: bySubject(mails) };
      for (const [name, groups] of Object.entries(naive)) {
        count(reference, `${name}_pass`, isSame(groups, wanted));
        count(reference, `${name}_merged_customers`, mergesPeople(groups, wanted, mails));
      }
    }
  } finally {
    await house.drop();
  }
  return {
    figures,
    reference,
    targets: { n: { atLeast: 60 }, failed: { below: 1 }, merged_customers: { below: 1 } },
  };
}

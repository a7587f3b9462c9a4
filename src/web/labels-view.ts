/** The labels of a draft as its page offers them to be corrected. */

import type { DraftView } from '../storage/draft-view.ts';
import { humanize, languageName } from './wording.ts';

/** What labels may be set to: what is used most stands first. */
export interface LabelChoices {
  category: readonly string[];
  language: readonly string[];
}

/** Those that have a key. */
const mostChoices = 9;

/** Languages that customers of European shops write in; any other code can be typed. */
const commonLanguages = [
  ...['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'da', 'no', 'fi', 'cs', 'sk', 'hu'],
  ...['ro', 'bg', 'el', 'hr', 'sl', 'lt', 'lv', 'et', 'uk', 'ru', 'tr'],
];

/** The code of a language that was written as a code or by its English name; else as it is. */
export function languageCode(written: string): string {
  const name = written.trim().toLowerCase();
  return commonLanguages.find((code) => languageName(code).toLowerCase() === name) ?? written;
}

function choicesOf(values: readonly string[], current: string | null, name: (v: string) => string) {
  const others = [...new Set(values)].filter((value) => value !== current);
  return {
    few: others.slice(0, mostChoices).map((value, index) => ({
      ...{ value, name: name(value), key: index + 1 },
    })),
    all: others.map(name),
  };
}

/** The labels of a draft, and what each could be instead; null where they cannot be corrected. */
export function labelsView(draft: DraftView, { category, language }: LabelChoices) {
  if (draft.state !== 'ready' && draft.state !== 'needs_person') return null;
  const urgent = draft.urgency === 'urgent';
  return {
    draftId: draft.id,
    urgency: { shown: draft.urgency ?? '', urgent, other: urgent ? 'normal' : 'urgent' },
    category: {
      shown: draft.category ?? '',
      name: draft.category === null ? 'No category' : humanize(draft.category),
      question: 'What is this mail about?',
      typed: 'Another category',
      ...choicesOf([...category, 'other'], draft.category, humanize),
    },
    language: {
      shown: draft.language ?? '',
      name: draft.language === null ? 'No language' : languageName(draft.language),
      question: 'Which language does the customer write?',
      typed: 'Another language',
      ...choicesOf([...language, ...commonLanguages], draft.language, languageName),
    },
  };
}

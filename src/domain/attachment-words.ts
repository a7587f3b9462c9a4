/** Attachments in words: what one is, and what a person should know before opening it. */

import { type Attachment, type Concern, isDecoration, isUnpacked } from './attachment.ts';
import { endingOf, formatWords, kindOf, promisedFormat } from './file-format.ts';
import { fileSize } from './file-size.ts';

/** What an attachment is, as it stands in a list: "JPEG picture". */
export function kindWords({ format }: Pick<Attachment, 'format'>): string {
  const words = formatWords(format).replace(/^an? /, '');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function disguiseWords({ filename, format }: Attachment): string {
  const promised = promisedFormat(filename);
  const name = endingOf(filename);
  const claim = promised === null || promised === format ? 'something else' : formatWords(promised);
  return `It calls itself ${claim}${name === '' ? '' : ` (.${name})`} and is ${formatWords(format)}.`;
}

function otherTypeWords({ filename, format }: Attachment): string {
  const promised = promisedFormat(filename);
  const claimed = promised === null ? 'what the mail says' : formatWords(promised);
  if (kindOf(format) === 'unknown') return `It is not ${claimed}, or it is damaged.`;
  return `It is ${formatWords(format)}, not ${claimed}.`;
}

const sentences: Record<Concern, string | ((attachment: Attachment) => string)> = {
  program: 'This is a program: opening it runs it.',
  script: 'This can run commands when it is opened.',
  shortcut: 'This opens something else than itself, which the sender chose.',
  disk_image: 'This opens as a disk, past the warnings for files from the internet.',
  macros: 'It holds macros: programs that run inside Office.',
  program_inside: 'There is a program or script in this archive.',
  web_page: 'A web page can imitate a login page, and run scripts.',
  disguised: disguiseWords,
  two_endings: ({ filename }) =>
    `Its name hides what it is: the real ending is .${endingOf(filename)}.`,
  turned_name: 'Its name was written backwards in part, to look like another one.',
  locked: 'It is locked with a password; nothing here could look into it.',
  other_type: otherTypeWords,
  not_unpacked:
    'This is in a format of Outlook that cannot be unpacked here. Ask the customer to send the files as ordinary attachments, or the mail as HTML or plain text.',
};

/** What a person should know before opening it: one sentence for each concern. */
export function concernWords(attachment: Attachment): string[] {
  return attachment.concerns.map((concern) => {
    const sentence = sentences[concern];
    return typeof sentence === 'string' ? sentence : sentence(attachment);
  });
}

/** Files of one mail that a responder is told of; their number is what matters beyond. */
const mostTold = 30;

function readability({ format, concerns: own }: Attachment): string {
  const kind = kindOf(format);
  if (own.includes('not_unpacked') || kind === 'container') return ', which cannot be opened here';
  if (own.includes('locked')) return ', locked with a password';
  return kind === 'pdf' || kind === 'text' ? ', readable' : '';
}

/**
 * What a responder is told of the files of a mail: name, kind by content, size, whether a person
 * can read it. The name is the sender's and stands in quotes, so that it ends where it ends.
 */
export function toldAttachments(attachments: readonly Attachment[]): string[] {
  const files = attachments.filter((each) => !isDecoration(each) && !isUnpacked(each));
  const told = files.slice(0, mostTold).map((file) => {
    const facts = `${kindWords(file)}, ${fileSize(file.size)}${readability(file)}`;
    return `${JSON.stringify(file.filename)}: ${facts}`;
  });
  const more = files.length - told.length;
  return more > 0 ? [...told, `and ${more} more`] : told;
}

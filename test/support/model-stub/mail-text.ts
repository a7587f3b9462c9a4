/** Finds the customer's mail in a request, whatever fence the product puts around it. */
import { isObject, type MessagesBody } from './types.ts';
import { blocksOf, messagesOf } from './validate.ts';

const FENCE = /<([a-z][\w.-]*)(?:\s[^>]*)?>([\s\S]*?)<\/\1\s*>/gi;
const MAIL_NAME = /mail|message|conversation|thread|customer_text|body/i;
/** Fenced parts of the user turn that hold our own data, not the customer's words. */
const OWN_NAME = /example|polic|order|fact|context|date|instruction|schema|format/i;
const HEADER_LINE = /^(?:from|to|cc|bcc|reply-to|subject|date|sent|received|message-id)\s*:/i;

function textOf(content: unknown): string {
  return blocksOf(content)
    .map((block) => (typeof block.text === 'string' ? block.text : ''))
    .join('\n');
}

/** The system prompt as one text. */
export function systemText(body: MessagesBody): string {
  return textOf(body.system);
}

/** The last user turn as one text: what the product says about this mail. */
export function userText(body: MessagesBody): string {
  const last = messagesOf(body)
    .filter((message) => message.role === 'user')
    .at(-1);
  return isObject(last) ? textOf(last.content) : '';
}

/** The user turn without the fenced parts that are ours: everything in which a stranger can have written. */
export function strangerText(body: MessagesBody): string {
  return userText(body).replace(FENCE, (whole, name: string) =>
    OWN_NAME.test(name) && !MAIL_NAME.test(name) ? '' : whole,
  );
}

/** The innermost last fenced part whose name speaks of a mail, or the whole text when there is none. */
function innermost(text: string): string {
  let found = text;
  for (;;) {
    const inner = [...found.matchAll(FENCE)]
      .filter((match) => MAIL_NAME.test(match[1] ?? '') && !/example/i.test(match[1] ?? ''))
      .at(-1);
    if (inner === undefined) return found;
    found = inner[2] ?? '';
  }
}

/** The first line that the customer wrote: no header, no quotation mark, no fence; empty when there is none. */
export function firstMailLine(body: MessagesBody): string {
  for (const raw of innermost(strangerText(body)).split('\n')) {
    const line = raw.trim();
    if (
      !/\p{L}/u.test(line) ||
      HEADER_LINE.test(line) ||
      /^[<>#`|]/.test(line) ||
      /^[\w -]{1,24}:$/.test(line)
    )
      continue;
    return line;
  }
  return '';
}

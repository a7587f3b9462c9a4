/** The libraries that extract replies from plain text: what our own rules are compared with. */

import EmailReplyParser from 'email-reply-parser';
import readReply from 'node-email-reply-parser';
import planer from 'planer';

const withPlaner = (text: string): string => planer.extractFrom(text, 'text/plain');
const withNodeEmailReplyParser = (text: string): string =>
  readReply(text).getVisibleText({ aggressive: true });
const withEmailReplyParser = (text: string): string =>
  new EmailReplyParser().read(text).getVisibleText();

/** By name, as the figures call them; chains of two in the order in which they run. */
export const replyLibraries: Readonly<Record<string, (text: string) => string>> = {
  nothing: (text) => text,
  planer: withPlaner,
  node_email_reply_parser: withNodeEmailReplyParser,
  email_reply_parser: withEmailReplyParser,
  planer_then_node_email_reply_parser: (text) => withNodeEmailReplyParser(withPlaner(text)),
  planer_then_email_reply_parser: (text) => withEmailReplyParser(withPlaner(text)),
};

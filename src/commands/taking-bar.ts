/** The bar on a terminal that shows how far a long intake of mail has come. */

import type { Context } from './context.ts';

interface Taking {
  mailbox: string;
  done: number;
  total: number;
}

const width = 28;

/** One line: the mailbox, a bar, how many of how many. */
export function barOf({ mailbox, done, total }: Taking): string {
  const full = Math.min(width, Math.floor((done / Math.max(1, total)) * width));
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  const [shown, of] = [done, total].map((n) => n.toLocaleString('en-GB'));
  return `  ${mailbox}  ${bar}  ${shown} of ${of} mails`;
}

/**
 * Draws each progress over the one before; a finished one keeps its line. Where nobody looks
 * nothing is drawn, since the log has a line for each.
 */
export function takingBar({ err }: Context): (taking: Taking) => void {
  if (!err.isTTY) return () => {};
  // ECMA-48: to the start of the line, and erase it.
  return (taking) =>
    void err.write(`\r\u001b[2K${barOf(taking)}${taking.done >= taking.total ? '\n' : ''}`);
}

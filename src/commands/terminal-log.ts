/** The log at a terminal: what a person who has just started something should know is a sentence. */

import type { Context } from './context.ts';

/** By event. All others are for whoever looks for a cause, and stay lines of JSON. */
const sentences: Readonly<Record<string, string>> = {
  mail_quarantined:
    'A mail cannot be read. It is kept as it came, and waits for you under Quarantined.',
  settings_need_restart: 'Some of the changed settings count from the next start on.',
};

/** Writes finished lines of the log: to a person in words where there are some. */
export function terminalLog({ err }: Pick<Context, 'err'>): (line: string) => void {
  if (!err.isTTY) return (line) => void err.write(line);
  return (line) => {
    const { event } = JSON.parse(line) as { event: string };
    const sentence = sentences[event];
    err.write(sentence === undefined ? line : `  ${sentence}\n`);
  };
}

/** How commands write to a terminal: colours only where someone looks, failures in three sentences. */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { ReplywrightError } from '../domain/errors.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours `text` when `stream` is a terminal that shows colours (NO_COLOR is respected). */
export function styled(stream: Writable, style: Style, text: string): string {
  if (!(stream as { isTTY?: boolean }).isTTY) return text;
  return styleText(style, text, { stream: stream as NodeJS.WriteStream, validateStream: true });
}

/** One JSON document on a line of its own. */
export function printJson(stream: Writable, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`);
}

/** `1 error`, `2 errors`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Rows in aligned columns, one line each. */
export function printRows(stream: Writable, rows: readonly (readonly string[])[]): void {
  const widthOf = (n: number) => Math.max(...rows.map((row) => row[n]?.length ?? 0));
  for (const row of rows) {
    const cells = row.map((cell, n) => cell.padEnd(widthOf(n)));
    stream.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

/** What happened, what was kept safe, what to do; no stack. */
export function printFailure(stream: Writable, error: ReplywrightError): void {
  const code = error.code === 'unexpected' ? ` [${error.code}]` : '';
  stream.write(`${styled(stream, 'red', '✗')} ${error.message}${code}\n`);
  stream.write(`  ${error.kept}\n  ${styled(stream, 'bold', error.mend)}\n`);
}

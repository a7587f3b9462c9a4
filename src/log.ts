/** The log: one JSON line an event on standard error, with personal fields left out. */

import { ReplywrightError } from './domain/errors.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Field names that may carry what a customer wrote or who they are. */
const personalFields = new Set([
  'address',
  'body',
  'customer',
  'email',
  'from',
  'html',
  'name',
  'password',
  'raw',
  'reply',
  'subject',
  'text',
  'to',
  'token',
]);

export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
  /** A log that adds `fields` to every line. */
  child(fields: Record<string, unknown>): Log;
}

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/** Only what is safe of an error: foreign messages may quote mail. */
function describe(value: unknown): unknown {
  if (value instanceof ReplywrightError) {
    const { code, places, cause } = value;
    return { code, ...places, cause: describe(cause) };
  }
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code;
    // The frames only: the lines before them are the message.
    const frames = value.stack?.split('\n').filter((line) => /^\s+at /.test(line));
    return { name: value.name, code, stack: frames?.slice(0, 5) };
  }
  return value;
}

/** Fields as they are logged: personal ones replaced, errors reduced to what is safe. */
function safeFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      personalFields.has(key) ? '[personal]' : describe(value),
    ]),
  );
}

/**
 * Opens a log.
 *
 * @param threshold the least level that is written.
 * @param write receives each finished line, with its line end.
 */
export function openLog(
  threshold: Level | 'silent' = 'info',
  write: (line: string) => void = (line) => process.stderr.write(line),
  base: Record<string, unknown> = {},
): Log {
  const least = threshold === 'silent' ? levels.length : levels.indexOf(threshold);
  const at =
    (level: Level) =>
    (event: string, fields: Record<string, unknown> = {}) => {
      if (levels.indexOf(level) < least) return;
      const time = new Date().toISOString();
      write(`${JSON.stringify({ time, level, event, ...safeFields({ ...base, ...fields }) })}\n`);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => openLog(threshold, write, { ...base, ...fields }),
  };
}

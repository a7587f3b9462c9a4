/** What a command knows of the process it runs in; tests give it a process of their own. */
import type { Readable, Writable } from 'node:stream';

export interface Context {
  cwd: string;
  /** The process environment; only src/config.ts looks into it. */
  env: Readonly<Record<string, string | undefined>>;
  input: Readable & { isTTY?: boolean };
  /** For what the command was asked for. */
  out: Writable & { isTTY?: boolean };
  /** For progress and failures. */
  err: Writable & { isTTY?: boolean };
  /** What the process ends with; a command that found failures sets it. */
  exitCode: number;
}

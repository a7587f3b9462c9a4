/** Runs a command line inside the test's process, in a folder and an environment of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { run } from '../../src/commands/program.ts';

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** A folder with these files that disappears with the test. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rw-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** Runs `replywright <words>` in `cwd`; its environment is `env` and nothing else. */
export async function runCommand(
  words: readonly string[],
  { cwd, env = {}, input = '' }: { cwd: string; env?: Record<string, string>; input?: string },
): Promise<Outcome> {
  const out = new PassThrough();
  const err = new PassThrough();
  const printed = Promise.all([text(out), text(err)]);
  const context = { cwd, env, input: Readable.from([Buffer.from(input)]), out, err, exitCode: 0 };
  const code = await run(words, context);
  out.end();
  err.end();
  const [told, failed] = await printed;
  return { code, out: told, err: failed };
}

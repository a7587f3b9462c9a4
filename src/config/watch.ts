/** Watches the files that settings come from, and tells when one of them has changed. */
import { unwatchFile, watchFile } from 'node:fs';
import path from 'node:path';

/**
 * How often the files are looked at. Looking finds what no notice tells of: a file that an editor
 * puts in the place of the old one, a link that is turned, a folder of another machine.
 */
const lookMs = 1_000;
/** Whoever writes two files, or one in pieces, is given this long to finish. */
const settleMs = 500;

/**
 * Calls back once after one or more of the files have changed, appeared or gone.
 *
 * @returns what ends the watching.
 */
export function watchSettings(files: readonly string[], onChange: () => void): () => void {
  let settling: NodeJS.Timeout | undefined;
  const noticed = () => {
    clearTimeout(settling);
    settling = setTimeout(onChange, settleMs);
    settling.unref();
  };
  for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, noticed);
  return () => {
    clearTimeout(settling);
    for (const file of files) unwatchFile(file, noticed);
  };
}

/** The files that settings come from: the settings file, and the .env beside it. */
export function settingsFiles(cwd: string, configPath: string | undefined): string[] {
  const file = path.resolve(cwd, configPath ?? 'replywright.yaml');
  return [file, path.join(path.dirname(file), '.env')];
}

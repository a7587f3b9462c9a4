/** The sample mails of the sandbox: laid into its mailbox once, with dates as if just arrived. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const samples = join(import.meta.dirname, 'mails');

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The date in the form of RFC 5322, section 3.3, in UTC. */
function mailDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

/**
 * A sample with its `X-Sandbox-Age: 26m` (minutes, `h` hours, `d` days) replaced by that Date.
 *
 * @param raw the file, any bytes; only the header line is touched.
 */
function dated(raw: Buffer, now: Date): { raw: Buffer; date: Date } {
  // latin1 keeps every byte as it is.
  const text = raw.toString('latin1');
  const [line, count, unit] = /^X-Sandbox-Age: (\d+)([mhd])\r?$/m.exec(text) ?? [];
  if (line === undefined) return { raw, date: now };
  const ageMs = Number(count) * unitMs[unit as keyof typeof unitMs];
  const date = new Date(now.getTime() - ageMs);
  const header = `Date: ${mailDate(date)}${line.endsWith('\r') ? '\r' : ''}`;
  return { raw: Buffer.from(text.replace(line, header), 'latin1'), date };
}

/**
 * Fills a new mailbox folder with the samples. A folder that exists is left as it is: its mails
 * were taken in long ago, and would come back with other dates.
 */
export async function fillMailbox(folder: string, now: Date): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(join(dirname(folder), 'filling-'));
  const names = (await readdir(samples)).filter((name) => name.endsWith('.eml'));
  for (const name of names) {
    const { raw, date } = dated(await readFile(join(samples, name)), now);
    await writeFile(join(partial, name), raw);
    await utimes(join(partial, name), date, date);
  }
  // All at once, so that a kill on the way leaves nothing half filled.
  await rename(partial, folder).catch(async (error) => {
    await rm(partial, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
}

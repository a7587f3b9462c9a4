/** `bench import`: how fast years of mail are imported, and how much memory that takes. */

import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { freshFolder } from '../sandbox-process.ts';
import { residentMemory } from './start.ts';
import { shop, writeArchives } from './synthetic-mail.ts';

export const description =
  'replywright import of 50,000 mails (--n for another number) from mbox: speed and memory';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

const settings = `shop: { name: Bench }
mailboxes:
  - { name: bench, address: ${shop}, folder: ./inbox, outbox: ./outbox }
`;

interface Imported {
  stored: number;
  pairs: number;
  seconds: number;
  rssPeakMb: number;
}

/** Runs the command as a process of its own, on a built-in database that it starts for itself. */
async function importOnce(folder: string): Promise<Imported> {
  const words = ['import', '--mbox', 'inbox.mbox', '--sent-mbox', 'sent.mbox', '--json'];
  const began = performance.now();
  const child = spawn(main, words, {
    cwd: folder,
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rssPeakMb = 0;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const told = text(child.stdout);
  while (child.exitCode === null && child.signalCode === null) {
    // The kernel keeps the highest value; a process that ends between two looks has none.
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    if (status.includes('VmHWM')) rssPeakMb = residentMemory(status).rss_peak_mb;
    await setTimeout(100);
  }
  if ((await ended) !== 0) throw new Error('The import failed.');
  const { stored, pairs } = JSON.parse(await told) as { stored: number; pairs: number };
  return { stored, pairs, seconds: (performance.now() - began) / 1000, rssPeakMb };
}

/** Writes an archive, imports it once, and imports it again, which must store nothing. */
export async function run({ progress, n }: MeasurementOptions): Promise<Figures> {
  const mails = n ?? 50_000;
  const folder = await freshFolder();
  try {
    const [inbox, sent] = [join(folder.path, 'inbox.mbox'), join(folder.path, 'sent.mbox')];
    await writeArchives(inbox, sent, mails);
    await writeFile(join(folder.path, 'replywright.yaml'), settings);
    const bytes = (await stat(inbox)).size + (await stat(sent)).size;
    progress(`wrote ${mails} mails, ${Math.round(bytes / 1e6)} MB`);
    const first = await importOnce(folder.path);
    progress(`imported ${first.stored} in ${first.seconds.toFixed(1)} s`);
    const again = await importOnce(folder.path);
    const round = (value: number) => Math.round(value);
    return {
      figures: {
        mails,
        stored: first.stored,
        stored_again: again.stored,
        pairs: first.pairs,
        mails_per_s: round(first.stored / first.seconds),
        rss_peak_mb: round(Math.max(first.rssPeakMb, again.rssPeakMb)),
        again_ms: round(again.seconds * 1000),
      },
      reference: { archive_mb: round(bytes / 1e6) },
      targets: { rss_peak_mb: { below: 300 }, stored_again: { below: 1 } },
    };
  } finally {
    await folder.remove();
  }
}

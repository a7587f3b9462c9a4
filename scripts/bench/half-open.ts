/** `bench half-open`: how soon a dead connection is made anew. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { type DovecotServer, startDovecot } from '../../test/support/dovecot.ts';
import { customerMail } from '../../test/support/mail-texts.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { freshFolder } from '../sandbox-process.ts';

export const description =
  'mail from a real Dovecot: 5,000 mails waiting, and a connection that is half open (about 2 min)';

const waiting = 5_000;
const user = 'support@example.test';
const silent = openLog('silent');

const mailOf = (n: number) =>
  customerMail({ id: `<${n}@customer.test>`, subject: `Mail ${n}`, text: 'word '.repeat(200) });

async function configIn(folder: string, dovecot: DovecotServer) {
  const imap = { host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', firstScan: 'all' };
  const mailboxes = [{ name: 'support', address: user, imap, outbox: './outbox' }];
  const settings = stringify({ shop: { name: 'Example Shop' }, mailboxes });
  await writeFile(join(folder, 'replywright.yaml'), settings);
  return loadConfig({ cwd: folder, env: { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: 'secret' } });
}

/** Milliseconds from `since` until so many mails are stored. */
async function untilStored(
  count: () => Promise<number>,
  wanted: number,
  since: number,
): Promise<number> {
  while ((await count()) < wanted) await setTimeout(50);
  return performance.now() - since;
}

async function measure(folder: string, dovecot: DovecotServer, progress: (line: string) => void) {
  await dovecot.drop(
    Array.from({ length: waiting }, (_, n) => mailOf(n)),
    user,
  );
  const config = await configIn(folder, dovecot);
  const started = performance.now();
  const app = await startApp(config, { roles: ['poll'], log: silent, version: '0.0.0' });
  try {
    const settings = { databaseUrl: null, dataFolder: config.data };
    const database = await openDatabase(settings, silent, { start: false });
    const count = async () => {
      const { fn } = database.db;
      const query = database.db.selectFrom('message').select(fn.countAll<number>().as('n'));
      return Number((await query.executeTakeFirstOrThrow()).n);
    };
    try {
      progress(`${waiting} mails`);
      const takenMs = await untilStored(count, waiting, started);
      progress('a half-open connection');
      // Long enough for the scan to end and IDLE to begin.
      await setTimeout(2_000);
      const stopped = performance.now();
      await dovecot.signalImap('SIGSTOP');
      await dovecot.deliver(mailOf(waiting), user);
      const backMs = await untilStored(count, waiting + 1, stopped);
      return { takenMs, backMs };
    } finally {
      await database.close();
    }
  } finally {
    await app.stop();
  }
}

/** Measures both once: they take long enough to be steady. */
export async function run({ progress }: MeasurementOptions): Promise<Figures> {
  const dovecot = await startDovecot();
  if (dovecot === null) throw new Error('There is no Dovecot. See CONTRIBUTING.md.');
  const home = await freshFolder();
  try {
    const { takenMs, backMs } = await measure(home.path, dovecot, progress);
    return {
      figures: {
        intake_5000_s: takenMs / 1_000,
        intake_mails_per_s: (waiting * 1_000) / takenMs,
        half_open_back_s: backMs / 1_000,
      },
      reference: {},
      targets: { half_open_back_s: { below: 120 } },
    };
  } finally {
    await dovecot.close();
    await home.remove();
  }
}

/** `bench intake`: how long a full mailbox takes until every mail is triaged, against fetching and parsing alone. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findEmbeddedServer } from '../../src/storage/embedded.ts';
import { type DovecotServer, startDovecot } from '../../test/support/dovecot.ts';
import {
  makeProductFolder,
  removeProductFolder,
  startProduct,
} from '../../test/support/product.ts';
import type { Figures, MeasurementOptions } from '../figures.ts';
import { residentMemory } from './start.ts';
import { fillInbox } from './waiting-mails.ts';

export const description =
  'a mailbox of 5,000 waiting mails: time until all are triaged, memory at 1,000 and at 20,000';

const few = 1_000;
const usual = 5_000;
const many = 20_000;
const password = 'secret';
const someDrafts = 200;

/** As long as nothing moves, something hangs. */
const stillMs = 60_000;

function settings(dovecot: DovecotServer, address: string) {
  return {
    shop: { name: 'Example Shop' },
    mailboxes: [
      {
        name: 'support',
        address,
        imap: {
          ...{ host: '127.0.0.1', port: dovecot.ports.imap, security: 'none', user: address },
          firstScan: 'all',
        },
        outbox: 'outbox',
      },
    ],
  };
}

const triaged = `select count(*)::int as n from message
  where direction = 'inbound' and state <> 'stored'`;
const drafted = `select count(*)::int as n from draft where state in ('ready', 'needs_person')`;

/** Waits until `query` counts `n`. @returns when that was, on the clock of `performance.now()` */
async function waitFor(folder: string, query: string, n: number): Promise<number> {
  const server = await findEmbeddedServer(join(folder, 'data'));
  if (server === null) throw new Error('The database of the product does not run.');
  const { host, user } = server;
  const client = new pg.Client({ host, user, database: 'replywright' });
  await client.connect();
  try {
    let [last, lastAt] = [-1, performance.now()];
    for (;;) {
      const { rows } = await client.query<{ n: number }>(query);
      const [{ n: counted } = { n: 0 }] = rows;
      const now = performance.now();
      if (counted >= n) return now;
      if (counted !== last) [last, lastAt] = [counted, now];
      if (now - lastAt > stillMs)
        throw new Error(`Nothing moved for a minute: ${counted} of ${n}.`);
      await setTimeout(50);
    }
  } finally {
    await client.end();
  }
}

interface Taken {
  ms: number;
  rss_peak_mb: number;
}

/** Starts the product on a mailbox of `n` mails, with its database made before. */
async function takeIn(dovecot: DovecotServer, address: string, n: number): Promise<Taken> {
  const folder = await makeProductFolder();
  const env = { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: password };
  try {
    const elsewhere = settings(dovecot, address);
    // The first start makes the database; it must not see the mails yet.
    for (const mailbox of elsewhere.mailboxes) Object.assign(mailbox.imap, { port: 1 });
    const first = await startProduct({ folder, config: elsewhere, env });
    await first.stop();
    const startedAt = performance.now();
    const product = await startProduct({ folder, config: settings(dovecot, address), env });
    try {
      const ms = (await waitFor(folder, triaged, n)) - startedAt;
      // Drafting begins while a long intake goes on, and after a short one: both are to hold some.
      await waitFor(folder, drafted, someDrafts);
      const { rss_peak_mb } = residentMemory(await readFile(`/proc/${product.pid}/status`, 'utf8'));
      return { ms, rss_peak_mb };
    } finally {
      await product.stop();
    }
  } finally {
    await removeProductFolder(folder);
  }
}

async function floor(dovecot: DovecotServer, address: string): Promise<number> {
  const script = join(import.meta.dirname, 'intake-floor.ts');
  const startedAt = performance.now();
  const words = [script, String(dovecot.ports.imap), address, password];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  if (Number(stdout) !== usual) throw new Error(`The floor saw ${stdout.trim()} mails.`);
  return performance.now() - startedAt;
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function measure(dovecot: DovecotServer, progress: MeasurementOptions['progress']) {
  const address = 'support@example.test';
  await fillInbox(dovecot.folder, address, 0, few);
  const small = await takeIn(dovecot, address, few);
  progress(`${few} mails: ${Math.round(small.ms)} ms, ${Math.round(small.rss_peak_mb)} MB`);
  await fillInbox(dovecot.folder, address, few, usual);
  const [floors, products]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    floors.push(await floor(dovecot, address));
    products.push((await takeIn(dovecot, address, usual)).ms);
    progress(
      `${usual} mails: ${Math.round(products.at(-1) ?? 0)} ms, floor ${Math.round(floors.at(-1) ?? 0)} ms`,
    );
  }
  await fillInbox(dovecot.folder, address, usual, many);
  const large = await takeIn(dovecot, address, many);
  progress(`${many} mails: ${Math.round(large.ms)} ms, ${Math.round(large.rss_peak_mb)} MB`);
  return { small, large, floorMs: median(floors), productMs: median(products) };
}

/** Measures product and floor in turn, so that a slow moment of the machine meets both. */
export async function run({ progress }: MeasurementOptions): Promise<Figures> {
  const dovecot = await startDovecot({ tls: false });
  if (dovecot === null)
    throw new Error('Dovecot is missing: apt-get install dovecot-imapd dovecot-lmtpd');
  try {
    const { small, large, floorMs, productMs } = await measure(dovecot, progress);
    return {
      figures: {
        triaged_5000_ms: Math.round(productMs),
        times_floor: Number((productMs / floorMs).toFixed(2)),
        rss_peak_1000_mb: Math.round(small.rss_peak_mb),
        rss_peak_20000_mb: Math.round(large.rss_peak_mb),
        rss_growth_mb: Math.round(large.rss_peak_mb - small.rss_peak_mb),
        triaged_20000_ms: Math.round(large.ms),
      },
      reference: { floor_5000_ms: Math.round(floorMs) },
      targets: { times_floor: { below: 2.005 }, rss_growth_mb: { below: 30 } },
    };
  } finally {
    await dovecot.close();
  }
}

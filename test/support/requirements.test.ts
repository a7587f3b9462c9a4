/** Checks the system packages' table, the outside PostgreSQL and Chromium. */
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { launchChromium } from './chromium.ts';
import { startOutsidePostgres } from './outside-postgres.ts';
import {
  prepareRequirements,
  printSkippedSummary,
  type RequirementReport,
  requirement,
  requirements,
  skippedText,
} from './requirements.ts';

const postgres = await requirement('postgres');
const chromium = await requirement('chromium');

function reportOf(name: RequirementReport['name'], available: boolean): RequirementReport {
  const found = requirements.find((candidate) => candidate.name === name);
  return {
    name,
    why: found?.why ?? '',
    available,
    path: null,
    reason: available ? '' : 'test',
    installCommand: '',
  };
}

describe('requirements', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('says what was skipped and the one command that brings it', () => {
    const text = skippedText([
      reportOf('dovecot', false),
      reportOf('chromium', true),
      reportOf('postgres', false),
    ]);
    expect(text).toContain('2 of 3');
    expect(text).toContain('dovecot: IMAP tests against a real server did not run (test)');
    expect(text).toContain(
      'apt-get install -y --no-install-recommends dovecot-imapd dovecot-lmtpd postgresql',
    );
  });

  it('makes a missing requirement an error when all are required', async () => {
    const [dovecot] = requirements;
    if (dovecot === undefined) throw new Error('the table is empty');
    const missing = [{ ...dovecot, probe: () => ({ path: null, reason: 'not there' }) }];
    vi.stubEnv('REPLYWRIGHT_TEST_PREPARED', '');
    vi.stubEnv('REPLYWRIGHT_TEST_REQUIRE', '');
    vi.stubEnv('REPLYWRIGHT_TEST_INSTALL', 'never');
    const [report] = await prepareRequirements(missing);
    expect(report).toMatchObject({
      available: false,
      reason: expect.stringContaining('not there') as string,
    });
    vi.stubEnv('REPLYWRIGHT_TEST_REQUIRE', 'all');
    await expect(prepareRequirements(missing)).rejects.toThrow('dovecot-imapd dovecot-lmtpd');
  });

  it('prints nothing when nothing is missing', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    printSkippedSummary([reportOf('dovecot', true)]);
    expect(write).not.toHaveBeenCalled();
    printSkippedSummary([reportOf('dovecot', false)]);
    expect(write).toHaveBeenCalledOnce();
  });
});

describe.skipIf(!postgres.available)('outside PostgreSQL', () => {
  it('takes the password, refuses a wrong one, and goes away', { timeout: 30_000 }, async () => {
    const server = await startOutsidePostgres();
    if (server === null) throw new Error('PostgreSQL is missing');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(new pg.Client({ connectionString: wrong.href }).connect()).rejects.toMatchObject({
      code: '28P01',
    });
    await server.stop();
    await expect(new pg.Client({ connectionString: server.url }).connect()).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});

describe.skipIf(!chromium.available)('Chromium', () => {
  it('renders in the asked scheme and size, Japanese included', { timeout: 60_000 }, async () => {
    const browser = await launchChromium();
    if (browser === null) throw new Error('Chromium is missing');
    try {
      const page = await browser.newPage({
        colorScheme: 'dark',
        viewport: { width: 390, height: 844 },
      });
      await page.setContent('<p><span id="a">返</span><span id="b">品</span></p>');
      expect(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
      expect(await page.evaluate('innerWidth')).toBe(390);
      // Signs without a glyph would all be drawn as the same box.
      const pictures = await Promise.all(['#a', '#b'].map((id) => page.locator(id).screenshot()));
      expect(pictures[0]?.equals(pictures[1] ?? Buffer.alloc(0))).toBe(false);
    } finally {
      await browser.close();
    }
  });
});

/** Starts the system's Chromium for the browser tests, with a fresh profile and nothing that phones home. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { requirement } from './requirements.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageOptions {
  colorScheme?: 'light' | 'dark';
  /** CSS pixels; default 1280 x 800. */
  viewport?: { width: number; height: number };
  /** `reduce` for tests of reduced motion. */
  reducedMotion?: 'reduce' | 'no-preference';
}

/** A running browser. */
export interface TestBrowser {
  readonly version: string;
  /** Opens a page in its own context: no cookies or storage shared with other pages. */
  newPage(options?: PageOptions): Promise<Page>;
  /** Opens a context for several pages of one signed-in person. */
  newContext(options?: PageOptions): Promise<BrowserContext>;
  close(): Promise<void>;
}

/**
 * Starts Chromium.
 * @returns the browser, or null when there is none and it may not be installed (`requirement('chromium')` says why)
 */
export async function launchChromium(): Promise<TestBrowser | null> {
  const found = await requirement('chromium');
  if (found.path === null) return null;
  // Playwright makes a fresh user-data-dir for every launch() and removes it; the home folder holds what Chromium
  // keeps outside of it (crash reports, dconf, font cache).
  const home = await mkdtemp(path.join(tmpdir(), 'rw-chromium-'));
  const browser = await chromium.launch({
    executablePath: found.path,
    args: FLAGS,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
  });
  const newContext = (options: PageOptions = {}): Promise<BrowserContext> =>
    browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
      ...options,
    });
  return {
    version: browser.version(),
    newContext,
    newPage: async (options) => {
      const context = await newContext(options);
      const page = await context.newPage();
      page.once('close', () => void context.close().catch(() => undefined));
      return page;
    },
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** `npm run screenshots`: takes the pictures of the README from a sandbox with its drafts, in the system's Chromium. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium, type PageOptions, type TestBrowser } from '../test/support/chromium.ts';
import {
  freshFolder,
  logIn,
  type SandboxProcess,
  startSandbox,
  waitForAllDrafts,
} from './sandbox-process.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'pictures');

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

interface Picture extends PageOptions {
  file: string;
  path: string;
  /** Without it, the page is seen by somebody who has not logged in. */
  loggedIn: boolean;
}

/** The conversation in the pictures: a damaged kettle, with a photograph. */
const shown = 'Cracked lid on my new kettle';

function picturesOf(conversation: string): Picture[] {
  const seen = { path: conversation, loggedIn: true };
  return [
    { file: 'desk-light.png', ...seen, colorScheme: 'light', viewport: desktop },
    { file: 'desk-dark.png', ...seen, colorScheme: 'dark', viewport: desktop },
    { file: 'desk-phone.png', ...seen, colorScheme: 'light', viewport: phone },
    {
      file: 'login.png',
      path: '/login',
      loggedIn: false,
      colorScheme: 'light',
      viewport: { width: 800, height: 600 },
    },
  ];
}

async function take(
  browser: TestBrowser,
  url: string,
  cookie: string,
  picture: Picture,
): Promise<void> {
  const { file, path, loggedIn, ...options } = picture;
  const page = await browser.newPage({ ...options, reducedMotion: 'reduce' });
  if (loggedIn) await page.setExtraHTTPHeaders({ cookie });
  await page.goto(new URL(path, url).href);
  // Not `networkidle`: the stream of live events never ends.
  await page.waitForFunction('document.fonts.status === "loaded"');
  await page.screenshot({ path: join(folder, file), animations: 'disabled', caret: 'hide' });
  await page.close();
  console.error(`  docs/pictures/${file}`);
}

/** Where the conversation with the subject `shown` is, else the first one of the queue. */
async function findConversation(url: string, cookie: string): Promise<string> {
  const page = await fetch(`${url}/queue/approve`, { headers: { cookie } });
  const html = await page.text();
  const rows = [...html.matchAll(/<a href="([^"]+)" data-ref=[\s\S]*?<\/a>/g)];
  const row = rows.find(([text]) => text.includes(shown)) ?? rows[0];
  if (row?.[1] === undefined) throw new Error('The queue has nothing to show.');
  return row[1];
}

async function takeAll(browser: TestBrowser, sandbox: SandboxProcess): Promise<void> {
  const cookie = await logIn(sandbox.loginLink);
  const conversation = await findConversation(sandbox.url, cookie);
  await mkdir(folder, { recursive: true });
  for (const picture of picturesOf(conversation)) await take(browser, sandbox.url, cookie, picture);
}

const browser = await launchChromium();
if (browser === null) {
  console.error('There is no Chromium. As root on Debian: apt-get install -y chromium');
  process.exit(1);
}
const home = await freshFolder();
try {
  const sandbox = await startSandbox(home.path);
  try {
    await waitForAllDrafts(home.path);
    await takeAll(browser, sandbox);
  } finally {
    await sandbox.stop();
  }
} finally {
  await browser.close();
  await home.remove();
}

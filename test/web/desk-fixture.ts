/** A desk on a real database, listening, and a browser of sorts to visit it with. */

import type { Page } from 'playwright-core';
import { draftReply } from '../../src/pipeline/draft.ts';
import { createAccount } from '../../src/storage/accounts.ts';
import { type ChangeFeed, openChangeFeed } from '../../src/storage/events.ts';
import type { DeskParts, TypedMail } from '../../src/web/parts.ts';
import { hashPassword } from '../../src/web/password.ts';
import { openPort } from '../../src/web/port.ts';
import { createDesk } from '../../src/web/server.ts';
import type { PageOptions, TestBrowser } from '../support/chromium.ts';
import {
  arrive,
  type House,
  type Letter,
  newestDraft,
  openHouse,
  silentLog,
} from '../support/parts.ts';

const password = 'correct horse battery';

/** Form fields; a list sends its name several times. */
export type Form = Record<string, string | number | readonly string[]>;

/** A file of a form. */
export type Upload = readonly [name: string, content: string | Buffer<ArrayBuffer>];

/** Visits the desk with a cookie jar of one cookie, and follows no redirect. */
export class Visitor {
  readonly base: string;
  cookie = '';

  constructor(base: string) {
    this.base = base;
  }

  async #send(path: string, init: RequestInit, headers: Record<string, string>): Promise<Response> {
    const response = await fetch(`${this.base}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { cookie: this.cookie, ...headers },
    });
    const set = response.headers.get('set-cookie');
    if (set !== null) this.cookie = set.split(';')[0] ?? '';
    return response;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(path, {}, headers);
  }

  async text(path: string, headers: Record<string, string> = {}): Promise<string> {
    return await (await this.get(path, headers)).text();
  }

  post(path: string, form: Form = {}, headers: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(form))
      for (const each of Array.isArray(value) ? value : [value]) body.append(name, String(each));
    return this.#send(
      path,
      { method: 'POST', body },
      { 'sec-fetch-site': 'same-origin', ...headers },
    );
  }

  /** Sends a form with files, as a browser does. */
  upload(path: string, files: readonly Upload[], headers = {}): Promise<Response> {
    const body = new FormData();
    body.append('view', 'approve');
    for (const [name, content] of files) body.append('files', new Blob([content]), name);
    const own = { 'sec-fetch-site': 'same-origin', ...headers };
    return this.#send(path, { method: 'POST', body }, own);
  }

  logIn(name = 'Mara', secret = password): Promise<Response> {
    return this.post('/login', { name, password: secret });
  }
}

/** What htmx sends along when it asks for a part of a page. */
export const asFragment = { 'hx-request': 'true', 'hx-request-type': 'partial' };

/** Opens a house with a desk in it; `Mara` can log in with the password. */
export async function openDesk(changes: Partial<DeskParts> = {}) {
  const house = await openHouse({ undoSeconds: 60 });
  const feed: ChangeFeed = await openChangeFeed(house.database.connection, silentLog);
  await createAccount(house.db, {
    name: 'Mara',
    role: 'agent',
    passwordHash: await hashPassword(password),
  });
  const typed: TypedMail[] = [];
  const parts: DeskParts = {
    db: house.db,
    jobs: house.jobs,
    changes: feed,
    log: silentLog,
    ownAddresses: house.ownAddresses,
    senderRules: house.senderRules,
    mailboxes: house.mailboxes,
    shopName: 'The Shop',
    sectionTitles: new Map([['returns#damaged', 'Returns: Items that arrive damaged']]),
    translating: house.draftParts,
    categories: () => ['invoice', 'returns', 'shipping'],
    undoSeconds: 60,
    silenceMinutes: 15,
    enclosureLimits: { total: 3_000_000, each: 2_000_000 },
    standing: { offline: true, drafting: null, settings: null, samples: [] },
    sandbox: { submitMail: async (mail) => `<typed-${typed.push(mail)}@sandbox.example>` },
    secureCookies: false,
    publicHost: null,
    version: '1.2.3',
    instance: '0123456789abcdef',
    ...changes,
  };
  const app = createDesk(parts);
  const listening = await openPort('127.0.0.1', 0);
  listening.serve(app);
  return {
    ...{ house, app, parts, typed, listening },
    visitor: () => new Visitor(`http://127.0.0.1:${listening.port}`),
    async drop() {
      await listening.close();
      await feed.close();
      await house.drop();
    },
  };
}

export type OpenDesk = Awaited<ReturnType<typeof openDesk>>;

/** The page at `path` in a browser, as Mara sees it once its scripts have run. */
export async function openPage(
  desk: OpenDesk,
  browser: TestBrowser,
  path: string,
  options: PageOptions = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  const login = `/login?next=${encodeURIComponent(path)}`;
  await page.goto(`http://127.0.0.1:${desk.listening.port}${login}`);
  await page.getByLabel('Name').fill('Mara');
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${path}`);
  await page.waitForLoadState('load');
  return page;
}

/** Takes in a mail and drafts its answer; gives the draft's row. */
export async function arriveAndDraft(house: House, given: Letter = {}) {
  const message = await arrive(house, given);
  const { id } = await newestDraft(house, message.conversation_id);
  await draftReply(house.draftParts, { draftId: id, failures: 0 }, new AbortController().signal);
  return await newestDraft(house, message.conversation_id);
}

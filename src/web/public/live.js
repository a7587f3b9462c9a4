/** Keeps the page true: looks again where an event says something changed, and after every gap. */

import { fetchAhead, forgetAhead, openArticle, rows } from './navigate.js';

/** Events come in bursts: the first waits this long for the others. */
const gatherMs = 80;
/** A mailbox that takes in much mail reports every second. */
const healthMs = 500;
/** Silence is no event: whether a mailbox is silent for too long is looked up this often. */
const silenceMs = 60_000;
/** Shorter breaks are mended before anyone needs to know. */
const patienceMs = 2_000;
/** How soon looks that failed are repeated at first; then ever more slowly, up to the longest. */
const againMs = 1_000;
const longestAgainMs = 15_000;
/** The server says something at least every 20 seconds; a line that is silent for longer is dead. */
const silentMs = 50_000;

let timer;
let lookedAt = Date.now();
let due = Number.POSITIVE_INFINITY;
let itemToo = false;
/** True when a look failed since the last round of them began. */
let failed = false;
/** Rounds in a row in which a look failed. */
let failedRounds = 0;
/** When each item last changed: an answer that was asked for before does not know it. */
const changedAt = new Map();
/** When so much changed that any item may have. */
let allChangedAt = 0;

function refreshList() {
  const view = document.getElementById('desk').dataset.view;
  const open = openArticle()?.dataset.ref ?? '';
  return htmx.ajax('GET', `/live/${view}?open=${open}`, { source: '#toasts', swap: 'none' });
}

function refreshItem() {
  const article = openArticle();
  if (!article) return;
  const { url, seen } = article.dataset;
  return htmx.ajax('GET', `${url}?seen=${seen ?? ''}`, {
    source: '#item',
    target: '#item',
    swap: 'innerMorph',
    refreshOf: url,
  });
}

/** The mailboxes page changes with every event, as an open item does. */
function refreshMailboxes() {
  if (!document.getElementById('mailbox-details')) return;
  const target = '#mailbox-details';
  return htmx.ajax('GET', '/mailboxes', { source: target, target, swap: 'outerMorph' });
}

/** An empty pane beside a list that is empty no more shows its first item. */
function openFirst() {
  const wide = matchMedia('(width >= 60rem)').matches;
  if (wide && document.querySelector('#item [data-nothing]')) rows()[0]?.click();
}

/** One round of looks. While the server is away nothing else is asked of it: one round waits. */
async function refresh() {
  due = Number.POSITIVE_INFINITY;
  lookedAt = Date.now();
  const withItem = itemToo;
  itemToo = false;
  failed = false;
  await Promise.all([refreshList(), withItem ? refreshItem() : null, refreshMailboxes()]);
  if (failed) return lookAgainLater();
  failedRounds = 0;
  openFirst();
  fetchAhead();
}

function lookAgainLater() {
  itemToo = true;
  schedule(Math.min(againMs * 2 ** failedRounds, longestAgainMs));
  failedRounds += 1;
}

function schedule(ms) {
  const at = Date.now() + ms;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(refresh, ms);
}

function handleChange({ detail }) {
  const { kind, conversation, message } = JSON.parse(detail.data);
  if (kind === 'mailbox') return schedule(healthMs);
  for (const ref of [`c${conversation}`, `m${message}`]) {
    forgetAhead(ref);
    changedAt.set(ref, Date.now());
    if (openArticle()?.dataset.ref === ref) itemToo = true;
  }
  schedule(gatherMs);
}

function lookAtAll(ms) {
  forgetAhead(null);
  allChangedAt = Date.now();
  itemToo = true;
  schedule(ms);
}

const refreshAll = () => lookAtAll(0);

/** Begins a new stream; the old one ends with its element. */
function reconnect() {
  const old = document.getElementById('live');
  const fresh = old.cloneNode();
  fresh.removeAttribute('data-htmx-powered');
  old.replaceWith(fresh);
  htmx.process(fresh);
}

/**
 * Says when the page may be out of date, and mends lines that died without a word.
 *
 * @returns what to call with every sign of life.
 */
function watchConnection() {
  const line = document.getElementById('connection');
  let patience;
  let heardAt = Date.now();
  const say = (text) => {
    if (line.textContent !== text) line.textContent = text;
  };
  document.addEventListener('htmx:sse:before:connection', ({ detail: { connection } }) => {
    if (connection.attempt === 0) return;
    patience ??= setTimeout(() => say('Reconnecting…'), patienceMs);
  });
  document.addEventListener('htmx:sse:error', ({ detail: { status } }) => {
    if (status !== 401) return;
    clearTimeout(patience);
    say('Logged out');
  });
  addEventListener('offline', () => say('Offline'));
  addEventListener('online', reconnect);
  setInterval(() => {
    if (document.hidden || !navigator.onLine || Date.now() - heardAt < silentMs) return;
    heardAt = Date.now();
    say('Reconnecting…');
    reconnect();
  }, 5_000);
  return () => {
    heardAt = Date.now();
    clearTimeout(patience);
    patience = undefined;
    say('');
  };
}

export function startLive() {
  const hear = watchConnection();
  document.addEventListener('desk:hello', ({ detail }) => {
    hear();
    const { version, position } = JSON.parse(detail.data);
    const updated = !document.body.dataset.assets.endsWith(version);
    // A newer Replywright runs: take its pages, unless something is being typed.
    if (updated && document.body.dataset.editing === undefined) return location.reload();
    const live = document.getElementById('live');
    // Changes between the making of the page, or the end of the last stream, and this one; and what
    // could not be looked at while there was none.
    if (live.dataset.position !== position || failedRounds > 0) refreshAll();
    live.dataset.position = '';
  });
  document.addEventListener('desk:beat', () => {
    hear();
    if (Date.now() - lookedAt >= silenceMs) schedule(0);
  });
  document.addEventListener('desk:change', (event) => {
    hear();
    handleChange(event);
  });
  document.addEventListener('desk:much', () => {
    hear();
    lookAtAll(gatherMs);
  });
  document.addEventListener('desk:resync', refreshAll);
  document.addEventListener('desk:refresh', refreshAll);
  // No event may come for long: looks that failed are repeated, unless they were refused.
  for (const failure of ['htmx:error', 'htmx:response:error'])
    document.addEventListener(failure, ({ detail: { ctx } }) => {
      const looked = ctx?.refreshOf || ctx?.request.action.startsWith('/live/');
      if (looked && (ctx.response?.status ?? 500) >= 500) failed = true;
    });
  // An item that was asked for before its last change does not show it, and when the change was
  // told, there was no item yet to look at again.
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    const changed = Math.max(changedAt.get(openArticle()?.dataset.ref) ?? 0, allChangedAt);
    if (ctx.target?.id !== 'item' || changed === 0 || changed < ctx.askedAt) return;
    itemToo = true;
    schedule(gatherMs);
  });
  // An answer about an item that is no longer open is of no use.
  document.addEventListener('htmx:before:swap', (event) => {
    const { refreshOf } = event.detail.ctx;
    if (refreshOf && refreshOf !== openArticle()?.dataset.url) event.preventDefault();
  });
}

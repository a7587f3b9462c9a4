/** Keeps the page true: looks again where an event says something changed, and after every gap. */

import { fetchAhead, forgetAhead, openArticle, rows } from './navigate.js';

/** Events come in bursts: the first waits this long for the others. */
const gatherMs = 80;
/** Mailboxes report every scan; the line about them need not follow each. */
const healthMs = 15_000;
/** Shorter breaks are mended before anyone needs to know. */
const patienceMs = 2_000;

let timer;
let due = Number.POSITIVE_INFINITY;
let itemToo = false;

function refreshList() {
  const view = document.getElementById('desk').dataset.view;
  const open = openArticle()?.dataset.ref ?? '';
  return htmx.ajax('GET', `/live/${view}?open=${open}`, { source: '#toasts', swap: 'none' });
}

function refreshItem() {
  const article = openArticle();
  if (!article) return;
  const { url, draft } = article.dataset;
  return htmx.ajax('GET', `${url}?seen=${draft}`, {
    source: '#item',
    target: '#item',
    swap: 'innerMorph',
    refreshOf: url,
  });
}

/** An empty pane beside a list that is empty no more shows its first item. */
function openFirst() {
  const wide = matchMedia('(width >= 60rem)').matches;
  if (wide && document.querySelector('#item [data-nothing]')) rows()[0]?.click();
}

async function refresh() {
  due = Number.POSITIVE_INFINITY;
  const withItem = itemToo;
  itemToo = false;
  await Promise.all([refreshList(), withItem ? refreshItem() : null]);
  openFirst();
  fetchAhead();
}

function schedule(ms) {
  const at = Date.now() + ms;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(refresh, ms);
}

function handleChange({ detail }) {
  const { kind, conversation } = JSON.parse(detail.data);
  if (kind === 'mailbox') return schedule(healthMs);
  const ref = `c${conversation}`;
  forgetAhead(ref);
  if (openArticle()?.dataset.ref === ref) itemToo = true;
  schedule(gatherMs);
}

function refreshAll() {
  forgetAhead(null);
  itemToo = true;
  schedule(0);
}

/** Says that the page may be out of date, once it has been for a while. */
function startConnectionLine() {
  const line = document.getElementById('connection');
  let patience;
  const say = (text) => {
    if (line.textContent !== text) line.textContent = text;
  };
  document.addEventListener('htmx:sse:before:connection', ({ detail: { connection } }) => {
    if (connection.attempt === 0 || patience) return;
    patience = setTimeout(() => say('Reconnecting…'), patienceMs);
  });
  document.addEventListener('htmx:sse:error', ({ detail: { status } }) => {
    if (status !== 401) return;
    clearTimeout(patience);
    say('Logged out');
  });
  return () => {
    clearTimeout(patience);
    patience = undefined;
    say('');
  };
}

export function startLive() {
  const connected = startConnectionLine();
  let first = true;
  document.addEventListener('desk:hello', ({ detail }) => {
    connected();
    const { version } = JSON.parse(detail.data);
    const updated = !document.body.dataset.assets.endsWith(version);
    // A newer Replywright runs: take its pages, unless something is being typed.
    if (updated && document.body.dataset.editing === undefined) return location.reload();
    if (!first) refreshAll();
    first = false;
  });
  document.addEventListener('desk:change', handleChange);
  document.addEventListener('desk:resync', refreshAll);
  document.addEventListener('desk:refresh', refreshAll);
  // An answer about an item that is no longer open is of no use.
  document.addEventListener('htmx:before:swap', (event) => {
    const { refreshOf } = event.detail.ctx;
    if (refreshOf && refreshOf !== openArticle()?.dataset.url) event.preventDefault();
  });
}

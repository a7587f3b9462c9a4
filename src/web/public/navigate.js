/** Moves through the list, fetches the next item ahead of time, and knows which one is open. */

const longestAhead = 60_000;
const ahead = new Map();

export function openArticle() {
  return document.querySelector('#item article[data-ref]');
}

export function rows() {
  return [...document.querySelectorAll('#list a[data-ref]')];
}

function currentIndex() {
  const ref = openArticle()?.dataset.ref;
  return rows().findIndex((row) => row.dataset.ref === ref);
}

/** The item after the open one, or the one before it at the end of the list. */
function following() {
  const all = rows();
  const index = currentIndex();
  return all[index + 1] ?? all[index - 1] ?? null;
}

/** Opens the next (1) or previous (-1) item of the list. */
export function step(by) {
  const all = rows();
  const index = currentIndex();
  const row = index === -1 ? all[0] : all[index + by];
  row?.click();
  row?.scrollIntoView({ block: 'nearest' });
}

/** Goes from the list to the item. */
export function enterItem() {
  const row = document.querySelector('#list a[aria-current]');
  if (document.body.dataset.pane === 'list' && matchMedia('(width < 60rem)').matches) row?.click();
  else document.getElementById('subject')?.focus();
}

/** Forgets what was fetched ahead of a conversation that changed. */
export function forgetAhead(ref) {
  for (const url of ahead.keys()) if (ref === null || url.endsWith(`/${ref}`)) ahead.delete(url);
}

/** Fetches the following item, so that going there needs no waiting. */
export function fetchAhead() {
  const url = following()?.getAttribute('href');
  if (!url || ahead.has(url) || navigator.connection?.saveData) return;
  const headers = { Accept: 'text/html', 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
  const response = fetch(url, { headers }).catch(() => null);
  ahead.set(url, { response, at: Date.now() });
}

/** Lets htmx take an answer that is here already. */
function takeAhead({ detail: { ctx } }) {
  ctx.askedAt = Date.now();
  if (ctx.request.method !== 'GET' || ctx.target?.id !== 'item' || ctx.refreshOf) return;
  const url = ctx.request.action;
  const found = ahead.get(url);
  ahead.delete(url);
  if (!found || Date.now() - found.at > longestAhead) return;
  ctx.askedAt = found.at;
  ctx.fetch = async (...request) => {
    const response = await found.response;
    return response?.ok ? response : fetch(...request);
  };
}

/** Tells the server which item to go on with after a decision. */
function nameNext({ detail: { ctx } }) {
  const { body, method } = ctx.request;
  if (method === 'POST' && body?.get('next') === '')
    body.set('next', following()?.dataset.ref ?? '');
}

/** Pages that are no view of the queue, and their entries in the rail. */
const ownPages = { sandbox: 'go-sandbox', candidates: 'go-candidates', mailboxes: null };

/** One entry of the rail is current: that of the page, or that of the view. */
function markPlace() {
  const page = location.pathname.split('/')[1];
  const view = document.getElementById('desk').dataset.view;
  const here = page in ownPages ? ownPages[page] : `go-${view === 'done' ? 'quarantined' : view}`;
  for (const entry of document.querySelectorAll('.rail a[data-do]')) {
    if (entry.dataset.do === here) entry.setAttribute('aria-current', 'page');
    else entry.removeAttribute('aria-current');
  }
}

export function markCurrent() {
  const ref = openArticle()?.dataset.ref;
  for (const row of rows()) {
    if (row.dataset.ref === ref) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }
  markPlace();
  const onItem = /^\/(?:queue\/\w+\/[cm]\d+(?:\/\w+)?|sandbox|mailboxes)$/.test(location.pathname);
  document.body.dataset.pane = onItem ? 'item' : 'list';
}

/**
 * A new item begins at its top, with the focus on its heading and not in an editor; a page that asks
 * one thing, on the answer that Enter gives.
 */
function showFromTop() {
  document.getElementById('item').scrollTop = 0;
  if (document.body.dataset.pane === 'item') scrollTo(0, 0);
  const first = document.querySelector('#item [autofocus]') ?? document.getElementById('subject');
  first?.focus({ preventScroll: true });
}

export function startNavigation() {
  document.addEventListener('htmx:config:request', nameNext);
  document.addEventListener('htmx:before:request', takeAhead);
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    markCurrent();
    if (ctx.target?.id === 'item' && !ctx.refreshOf) showFromTop();
    if (ctx.target?.id === 'desk') document.querySelector('#views [aria-current]')?.focus();
    document.dispatchEvent(new CustomEvent('desk:shown'));
    fetchAhead();
  });
  document.addEventListener('pointerover', ({ target }) => {
    const cite = target.closest?.('[data-cite]')?.dataset.cite;
    for (const place of document.querySelectorAll('[data-cite]'))
      place.classList.toggle('lit', place.dataset.cite === cite);
  });
  markCurrent();
  // The open mail may stand far down the list.
  document.querySelector('#list a[aria-current]')?.scrollIntoView({ block: 'nearest' });
  fetchAhead();
}

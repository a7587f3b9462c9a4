/** Toasts that offer undo while there is time, and notices that say what went wrong. */

const most = 3;
const plainMs = 5_000;

function sweep() {
  const toasts = [...document.querySelectorAll('#toasts .toast')];
  for (const [index, toast] of toasts.entries()) {
    toast.dataset.until ??= new Date(Date.now() + plainMs).toISOString();
    const over = Date.parse(toast.dataset.until) <= Date.now();
    if (over || index < toasts.length - most) toast.remove();
  }
}

/** Shows a notice of our own; failures from the server arrive as finished HTML. */
export function notify(text) {
  const notice = document.createElement('div');
  notice.className = 'notice';
  const words = document.createElement('p');
  words.textContent = text;
  notice.append(words);
  document.getElementById('notices').replaceChildren(notice);
  setTimeout(() => notice.remove(), 6_000);
}

export function dismissNotices() {
  const notices = document.getElementById('notices');
  const had = notices.childElementCount > 0;
  notices.replaceChildren();
  return had;
}

export function startToasts() {
  setInterval(sweep, 250);
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-dismiss]')) dismissNotices();
  });
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    const toast = ctx.sourceElement.closest('.toast');
    if (toast && ctx.response.status < 400) toast.remove();
  });
  document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
    // A failed refresh is not worth a word: the connection line says it, and it is tried again.
    if (ctx && ctx.request.method !== 'GET')
      notify('No answer from the desk. Once it is back, this page shows how things stand.');
  });
}

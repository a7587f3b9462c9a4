/** Keeps times true while a page stays open: how long ago, how long still. */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

function elapsed(ms) {
  if (ms < minute) return 'now';
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < day) return `${Math.floor(ms / hour)} h`;
  const days = Math.floor(ms / day);
  return days === 1 ? '1 day' : `${days} days`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll('time[data-elapsed]')) {
    const words = elapsed(now - Date.parse(element.dateTime));
    write(element, element.dataset.elapsed === 'ago' && words !== 'now' ? `${words} ago` : words);
  }
  for (const element of document.querySelectorAll('time[data-countdown]')) {
    const seconds = Math.max(0, Math.ceil((Date.parse(element.dateTime) - now) / 1_000));
    const words = seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
    write(element, element.dataset.countdown === 'in' ? `in ${words}` : words);
  }
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** Clock times in the reader's own time zone, which the server does not know. */
function localize() {
  const now = new Date();
  for (const element of document.querySelectorAll('time[data-clock]')) {
    const at = new Date(element.dateTime);
    if (at.toDateString() === now.toDateString()) write(element, `today ${time.format(at)}`);
    else if (at.getFullYear() === now.getFullYear())
      write(element, `${date.format(at)} ${time.format(at)}`);
    else write(element, longDate.format(at));
    element.title = at.toLocaleString();
  }
}

export function startClock() {
  const both = () => {
    tick();
    localize();
  };
  both();
  setInterval(tick, 500);
  document.addEventListener('htmx:after:swap', both);
}

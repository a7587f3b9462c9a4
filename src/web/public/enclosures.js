/** Files for a reply: chosen, dropped or pasted, sent one after another with their progress, removed. */

import { notify } from './toasts.js';

/** What a page does not refresh is asked for as a fragment: failures then come as notices. */
const asFragment = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };

/** So long after a change of ours, news of changed files are our own. */
const ownMs = 3_000;

let queue = Promise.resolve();
/** Uploads that wait or run, by draft. */
const uploading = new Map();
let changedAt = 0;

/** True while a file is on its way to the draft. */
export function isUploading(draft) {
  return (uploading.get(draft) ?? 0) > 0;
}

/** True when changed files of the open draft are what this page did itself. */
export function isOwnChange() {
  return uploading.size > 0 || Date.now() - changedAt < ownMs;
}

function form() {
  return document.querySelector('form[data-enclose]');
}

function inMegabytes(bytes) {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function count(draft, by) {
  const now = (uploading.get(draft) ?? 0) + by;
  if (now === 0) uploading.delete(draft);
  else uploading.set(draft, now);
}

/** Shows what the server answered, and how things stand now. */
function settle(status, html, name) {
  changedAt = Date.now();
  if (status >= 400) document.getElementById('notices').innerHTML = html;
  if (status === 0) notify(`No answer from the desk: ${name} was not attached.`);
  document.dispatchEvent(new CustomEvent('desk:refresh'));
}

/** A line that shows how far a file is, with a button that stops it. */
function showProgress(draft, { name }, cancel) {
  const row = document.createElement('li');
  row.className = 'uploading';
  const words = document.createElement('bdi');
  words.textContent = name;
  const bar = document.createElement('progress');
  bar.max = 1;
  bar.setAttribute('aria-label', name);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.textContent = 'Cancel';
  button.addEventListener('click', cancel);
  row.append(words, bar, button);
  document.getElementById(`uploads-${draft}`)?.append(row);
  return { row, bar };
}

/** Sends one file; resolves when it is over, however it ended. */
function send(request, action, view, file) {
  return new Promise((resolve) => {
    const body = new FormData();
    body.append('view', view);
    body.append('files', file);
    request.open('POST', action);
    for (const [name, value] of Object.entries(asFragment)) request.setRequestHeader(name, value);
    request.addEventListener('load', () => resolve(request.status));
    request.addEventListener('error', () => resolve(0));
    request.addEventListener('abort', () => resolve(null));
    request.send(body);
  });
}

/** Sends a file after those that are on their way. */
function enclose(place, file) {
  const draft = place.dataset.enclose;
  const action = place.getAttribute('action');
  const view = place.elements.view.value;
  const request = new XMLHttpRequest();
  let cancelled = false;
  const { row, bar } = showProgress(draft, file, () => {
    cancelled = true;
    request.abort();
    row.remove();
  });
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    bar.value = loaded / total;
  });
  count(draft, 1);
  queue = queue.then(async () => {
    const status = cancelled ? null : await send(request, action, view, file);
    count(draft, -1);
    row.remove();
    if (status !== null) settle(status, request.responseText, file.name);
  });
}

/** What is too large is said before it is sent; the server looks once more. */
function encloseAll(files) {
  const place = form();
  if (!place || files.length === 0) return;
  let left = Number(place.dataset.left);
  const most = Math.min(left, Number(place.dataset.each));
  for (const file of files) {
    if (file.size > Number(place.dataset.each) || file.size > left) {
      const room = inMegabytes(Math.min(left, most));
      notify(
        `${file.name} was not attached: it has ${inMegabytes(file.size)}, and there is room for ${room}.`,
      );
      continue;
    }
    left -= file.size;
    enclose(place, file);
  }
}

async function remove(place) {
  const body = new URLSearchParams(new FormData(place));
  const answer = await fetch(place.action, { method: 'POST', body, headers: asFragment }).catch(
    () => null,
  );
  if (answer === null) return notify('No answer from the desk: nothing was removed.');
  settle(answer.status, await answer.text());
  document.querySelector('[data-do=attach]')?.focus();
}

function carriesFiles({ dataTransfer }) {
  return dataTransfer?.types.includes('Files') ?? false;
}

function markDrop(on) {
  form()?.closest('.draft').toggleAttribute('data-dropping', on);
}

/** A file that is dropped beside the draft would else replace the page. */
function startDropping() {
  document.addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = form() ? 'copy' : 'none';
    markDrop(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) markDrop(false);
  });
  document.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    markDrop(false);
    encloseAll([...event.dataTransfer.files]);
  });
}

/** Copied cells or words bring a picture of themselves along: where there is text, it is meant. */
function handlePaste(event) {
  const { files, types } = event.clipboardData;
  if (files.length === 0 || types.includes('text/plain') || !form()) return;
  event.preventDefault();
  encloseAll([...files]);
}

export function startEnclosures() {
  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-do=attach]')) form()?.querySelector('input[type=file]').click();
  });
  document.addEventListener('change', ({ target }) => {
    if (!target.matches('form[data-enclose] input[type=file]')) return;
    encloseAll([...target.files]);
    target.value = '';
  });
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('form[data-unenclose]')) return;
    event.preventDefault();
    void remove(event.target);
  });
  document.addEventListener('paste', handlePaste);
  startDropping();
  addEventListener('beforeunload', (event) => {
    if (uploading.size > 0) event.preventDefault();
  });
}

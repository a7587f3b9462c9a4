/** The editor: opens in place, and keeps what is typed, draft by draft, until it is sent. */

import { isOwnChange, isUploading } from './enclosures.js';
import { openArticle } from './navigate.js';
import { notify } from './toasts.js';

const prefix = 'replywright';

function openDraft() {
  return openArticle()?.querySelector('[data-draft].open') ?? null;
}

function textarea() {
  return openDraft()?.querySelector('textarea[name=text]') ?? null;
}

function keyOf(article) {
  return `${prefix} ${article.dataset.ref} ${article.dataset.draft}`;
}

/** The text kept for this mail: of this draft, or of an earlier one that went stale meanwhile. */
function keptKey(article) {
  const own = keyOf(article);
  if (sessionStorage.getItem(own) !== null) return own;
  return (
    Object.keys(sessionStorage).find((key) =>
      key.startsWith(`${prefix} ${article.dataset.ref} `),
    ) ?? null
  );
}

function dropKept(article) {
  for (let key = keptKey(article); key !== null; key = keptKey(article))
    sessionStorage.removeItem(key);
}

/** An approved text waits aside: undo brings it back. */
const sent = 'sent';

function putAside(article) {
  const text = sessionStorage.getItem(keyOf(article));
  dropKept(article);
  if (text !== null) sessionStorage.setItem(`${sent} ${keyOf(article)}`, text);
}

function bringBack(article) {
  const key = `${sent} ${keyOf(article)}`;
  const text = sessionStorage.getItem(key);
  if (text === null) return;
  sessionStorage.removeItem(key);
  sessionStorage.setItem(keyOf(article), text);
}

function isEditing() {
  return document.body.dataset.editing !== undefined;
}

/** Shows the editor, with what was typed before if there is any. */
export function openEditor() {
  const article = openArticle();
  const field = textarea();
  if (!field) return;
  const kept = keptKey(article);
  if (kept !== null) field.value = sessionStorage.getItem(kept);
  document.body.dataset.editing = article.dataset.draft;
  showKept();
  field.focus();
  const end = kept === null ? 0 : field.value.length;
  field.setSelectionRange(end, end);
}

const unsentWords =
  'You have unsent text for this mail. Go on writing with E, or throw it away first.';

/** Opens the editor with the text of a reply that was stopped, unless somebody has typed another. */
function useStopped() {
  const text = openArticle()?.querySelector('[data-stopped-text]')?.textContent;
  if (!text) return;
  const typed = sessionStorage.getItem(keptKey(openArticle()) ?? '') ?? '';
  if (typed.trim() !== '' && typed !== text) return notify(unsentWords);
  openEditor();
  const field = textarea();
  field.value = text;
  keep(field);
}

/** Leaves the editor; the text stays kept if it differs from the draft. */
export function leaveEditor() {
  if (!isEditing()) return document.activeElement?.blur();
  delete document.body.dataset.editing;
  showKept();
  document.getElementById('subject')?.focus({ preventScroll: true });
}

export function sendEdited() {
  openDraft()?.querySelector('form.editor').requestSubmit();
}

function keep(field) {
  const article = openArticle();
  const key = keyOf(article);
  if (field.value === field.defaultValue) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, field.value);
}

/** The line that says that unsent text is kept; not while it is in the editor. */
function showKept() {
  const article = openArticle();
  const line = article?.querySelector('[data-kept]');
  if (!line) return;
  const key = keptKey(article);
  line.hidden = key === null || isEditing();
  line.querySelector('[data-kept-open]').hidden = textarea() === null;
}

/** A draft that came under the reader's eyes must be read before a key meant for the old one counts. */
const readingMs = 2_000;
let shown = { ref: '', draft: '', files: '' };
let reading;

/**
 * `data-fresh` on the body says that the draft has just changed, for as long as it must be read; with
 * the value `files` that its files are others, which concerns who is writing, too.
 */
function noteChange(article) {
  const { ref = '', draft = '', files = '' } = article?.dataset ?? {};
  const sameItem = ref === shown.ref;
  const sameFiles = files === shown.files || isOwnChange();
  const sameDraft = draft === shown.draft && sameFiles;
  const others = draft === shown.draft && shown.files !== '' && files !== '';
  shown = { ref, draft, files };
  if (sameItem && sameDraft) return;
  clearTimeout(reading);
  delete document.body.dataset.fresh;
  if (!sameItem) return;
  document.body.dataset.fresh = others ? 'files' : '';
  reading = setTimeout(() => delete document.body.dataset.fresh, readingMs);
}

/** Runs whenever an item, or a newer form of it, is on the page. */
function settle() {
  const article = openArticle();
  noteChange(article);
  const editing = document.body.dataset.editing;
  if (editing !== undefined && editing !== article?.dataset.draft) {
    // The draft went away under the editor: the text is kept, the reader is told by a banner.
    delete document.body.dataset.editing;
    document.getElementById('subject')?.focus({ preventScroll: true });
  }
  const field = textarea();
  if (field && openDraft().hasAttribute('data-write')) {
    const key = keptKey(article);
    if (key !== null && field.value === field.defaultValue)
      field.value = sessionStorage.getItem(key);
    return;
  }
  showKept();
}

/** Why what `form` would send must not go out now; null when it may. */
function reasonToWait(form) {
  if (isUploading(openArticle()?.dataset.draft))
    return 'A file is still being attached. Wait for it, or cancel it.';
  const { fresh } = document.body.dataset;
  // What stands in the editor is the writer's own, but for the files.
  const written = form.matches('[data-editor]');
  if (written ? fresh === 'files' : fresh !== undefined)
    return 'The draft has just changed. Read it first.';
  if (written || keptKey(openArticle()) === null) return null;
  return unsentWords;
}

function guardApproval(event) {
  if (!event.target.matches?.('form[data-approve], form[data-editor]')) return;
  const reason = reasonToWait(event.target);
  if (reason === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  notify(reason);
}

/** By which box of the editor a refusal can be overruled. */
const overruled = { draft_checks_failed: 'override', attachment_missing: 'withoutFile' };

/** A refusal that can be overruled is told where that is done, beside the text. */
function tellRefusal({ detail: { ctx } }) {
  const form = ctx.sourceElement?.closest?.('form[data-editor]');
  const notice = document.querySelector('#notices [data-code]');
  const box = form?.querySelector(`input[name=${overruled[notice?.dataset.code]}]`);
  if (!notice || !box) return;
  const group = box.closest('[role=group]');
  group.dataset.asked = '';
  const place = group.querySelector('[data-refusal]');
  place.textContent = notice.querySelector('p').textContent;
  place.hidden = false;
  notice.remove();
  box.focus();
}

function handleClick({ target }) {
  if (target.closest('[data-do=edit], [data-kept-open]')) openEditor();
  if (target.closest('[data-do=use]')) useStopped();
  if (target.closest('[data-leave]')) leaveEditor();
  if (target.closest('[data-kept-drop]')) {
    dropKept(openArticle());
    const field = textarea();
    if (field) field.value = field.defaultValue;
    showKept();
    document.getElementById('subject').focus();
  }
}

export function startEditor() {
  document.addEventListener('click', handleClick);
  document.addEventListener('submit', guardApproval, true);
  document.addEventListener('input', ({ target }) => {
    if (target.matches('[data-editor] textarea')) keep(target);
  });
  // Who gets a copy is asked in both forms, and answered once.
  document.addEventListener('change', ({ target }) => {
    if (!target.matches('.copies input')) return;
    for (const box of document.querySelectorAll('.copies input'))
      if (box.value === target.value) box.checked = target.checked;
  });
  document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
    const article = ctx.sourceElement.closest('article[data-ref]');
    if (!article || ctx.request.method !== 'POST' || ctx.response.status >= 400) return;
    putAside(article);
    delete document.body.dataset.editing;
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (ctx.request?.action.endsWith('/undo') && openArticle()) bringBack(openArticle());
  });
  document.addEventListener('htmx:after:swap', tellRefusal);
  document.addEventListener('desk:shown', settle);
  settle();
}

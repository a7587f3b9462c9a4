/** Keys: reads the registry that stands in the help, and does what a key says. */

import { leaveEditor, openEditor, sendEdited } from './editor.js';
import { enterItem, step } from './navigate.js';
import { dismissNotices, notify } from './toasts.js';

const sequenceMs = 1_200;
const setting = 'replywright single keys';

function visible(selector) {
  return [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
}

function press(action) {
  visible(`[data-do="${action}"]`).at(-1)?.click();
}

/** Approves the draft as it stands, unless a check has failed. */
export function approve() {
  if (visible('[data-do=approve]').length > 0) return press('approve');
  if (visible('[data-do=override]').length > 0)
    notify('A check failed. Edit the draft with E, or approve it all the same with Shift A.');
}

function toggleQuoted() {
  const quoted = [...document.querySelectorAll('details[data-quoted]')];
  const open = !quoted.some((each) => each.open);
  for (const each of quoted) each.open = open;
}

/** The next file whose text is not shown yet; after the last one, all are folded again. */
function lookAtFile() {
  const files = visible('[data-look]');
  const next = files.find((each) => !each.closest('.file').querySelector('.looked-at details'));
  if (next) return next.click();
  for (const each of document.querySelectorAll('.looked-at')) each.replaceChildren();
}

/** Actions that are more than a click on the button or link that does the same. */
const actions = {
  approve,
  edit: openEditor,
  next: () => step(1),
  previous: () => step(-1),
  open: enterItem,
  quoted: toggleQuoted,
  look: lookAtFile,
};

function isTyping(target) {
  return target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null;
}

function handleInEditor(event) {
  if (event.key === 'Escape' && event.target.closest('[data-editor]')) {
    event.preventDefault();
    leaveEditor();
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    if (!event.target.closest('[data-editor]')) return;
    event.preventDefault();
    sendEdited();
  }
}

/** While the reasons are open, keys choose among them. */
function handleInPanel(event, panel) {
  const choice = panel.querySelector(`[data-choice="${CSS.escape(event.key)}"]`);
  if (choice) {
    event.preventDefault();
    choice.click();
  }
  if (event.key === 'Enter' && !event.target.closest('form, button')) {
    event.preventDefault();
    panel.querySelector('form button')?.click();
  }
  // The key that opened it closes it.
  const opener = { '?': 'help', p: 'preview' }[event.key];
  if (opener === panel.id) panel.hidePopover();
}

/** The letter without Caps Lock, which must not turn "approve" into "approve anyway". */
function keyOf(event) {
  if (event.key.length !== 1 || !event.getModifierState('CapsLock')) return event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
}

function readRegistry() {
  const entries = [...document.querySelectorAll('#help [data-where=desk]')];
  return new Map(entries.map(({ dataset }) => [dataset.key, dataset.action]));
}

function startSwitch() {
  const box = document.getElementById('single-keys');
  box.checked = localStorage.getItem(setting) !== 'off';
  box.addEventListener('change', () => {
    localStorage.setItem(setting, box.checked ? 'on' : 'off');
    document.documentElement.toggleAttribute('data-no-keys', !box.checked);
  });
  document.documentElement.toggleAttribute('data-no-keys', !box.checked);
  return () => box.checked;
}

export function startKeyboard() {
  const registry = readRegistry();
  const keysAreOn = startSwitch();
  let begun = '';
  let timer;

  const handleOnDesk = (event) => {
    const key = keyOf(event);
    const sequence = begun === '' ? key : `${begun} ${key}`;
    begun = '';
    clearTimeout(timer);
    if ([...registry.keys()].some((each) => each.startsWith(`${sequence} `))) {
      begun = sequence;
      timer = setTimeout(() => (begun = ''), sequenceMs);
      return;
    }
    const action = registry.get(sequence);
    if (action === undefined) return;
    if (event.repeat && action !== 'next' && action !== 'previous') return;
    if (key === 'Enter' && event.target.closest('a, button, summary, input')) return;
    event.preventDefault();
    if (actions[action]) actions[action]();
    else press(action);
  };

  document.addEventListener('keydown', (event) => {
    // Alt types characters on many keyboards; a composing input method owns its keys.
    if (event.altKey || event.isComposing || event.defaultPrevented) return;
    // Nor may a stray key on a box beside the text decide anything.
    if (isTyping(event.target) || event.target.matches('[data-editor] input'))
      return handleInEditor(event);
    if (event.ctrlKey || event.metaKey) return;
    const panel = document.querySelector('[popover]:popover-open');
    if (panel) return keysAreOn() && handleInPanel(event, panel);
    if (event.key === 'Escape') return void dismissNotices();
    if (keysAreOn()) handleOnDesk(event);
  });
  // A panel opens with the focus inside, so that Tab and screen readers go on from there.
  document.addEventListener(
    'toggle',
    ({ target, newState }) => {
      if (newState === 'open' && target.matches('[popover]'))
        target.querySelector('input:not([type=hidden]), button')?.focus();
    },
    true,
  );
}

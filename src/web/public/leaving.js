/** When a reply goes out: the choice is the same in both forms, and is shown where it is folded. */

import { sendEdited } from './editor.js';
import { approve } from './keyboard.js';
import { notify } from './toasts.js';

/** What the choice of a form says in words. */
function wordsOf(details) {
  const chosen = details.querySelector('input[name=leaves]:checked');
  const label = chosen?.closest('label').textContent.trim() ?? '';
  if (chosen?.value !== 'at_time') return label;
  const { value } = details.querySelector('input[name=at]');
  if (value === '') return label;
  const zone = details.querySelector('.moment span').textContent;
  const at = new Date(`${value}Z`);
  const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' };
  return `${new Intl.DateTimeFormat('en-GB', options).format(at)} (${zone})`;
}

function copyChoice(from) {
  // A reply that is planned already is no draft, and has a choice of its own.
  const form = from.closest('form[data-plan]') ?? document;
  for (const details of form.querySelectorAll('[data-leaving]')) {
    if (form === document && details.closest('form[data-plan]')) continue;
    const chosen = from.querySelector('input[name=leaves]:checked')?.value;
    for (const radio of details.querySelectorAll('input[name=leaves]'))
      radio.checked = radio.value === chosen;
    details.querySelector('input[name=at]').value = from.querySelector('input[name=at]').value;
    details.querySelector('[data-leaving-words]').textContent = wordsOf(details);
  }
}

/** Approves the reply for the moment that is chosen; a reply that is planned gets the other moment. */
function plan(details) {
  const { value } = details.querySelector('input[name=at]');
  const timed = details.querySelector('input[name=leaves]:checked')?.value === 'at_time';
  if (timed && value === '') return notify('Choose a day and a time first.');
  const form = details.closest('form[data-plan]');
  if (form) return form.requestSubmit();
  if (details.closest('[data-editor]')) return sendEdited();
  approve();
}

/** Back to the mail, where the keys decide. */
function fold(details) {
  details.open = false;
  const field = details.closest('[data-editor]')?.querySelector('textarea');
  (field ?? document.getElementById('subject')).focus({ preventScroll: true });
}

export function startLeaving() {
  document.addEventListener(
    'keydown',
    (event) => {
      const details = event.target.closest('[data-leaving]');
      if (!details || event.target.matches('summary')) return;
      if (event.key !== 'Escape' && event.key !== 'Enter') return;
      event.preventDefault();
      // A moment that was typed is meant; one of the other choices is only looked through.
      const meant = event.target.matches('[name=at]') || event.ctrlKey || event.metaKey;
      const changes = details.closest('form[data-plan]') !== null;
      if (event.key === 'Enter' && (meant || changes)) plan(details);
      else fold(details);
    },
    true,
  );
  document.addEventListener('change', ({ target }) => {
    const details = target.closest('[data-leaving]');
    if (!details) return;
    if (target.name === 'at') details.querySelector('input[value=at_time]').checked = true;
    copyChoice(details);
    if (target.value === 'at_time') details.querySelector('input[name=at]').focus();
  });
  document.addEventListener(
    'toggle',
    ({ target, newState }) => {
      if (newState === 'open' && target.matches('[data-leaving]'))
        target.querySelector('input:checked')?.focus();
    },
    true,
  );
}

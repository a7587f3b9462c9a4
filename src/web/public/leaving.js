/** When a reply goes out: the choice is the same in both forms, and is shown where it is folded. */

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

/** Back to the mail, where the keys decide: Enter in here must approve nothing by itself. */
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
      const plansAnew = details.closest('form[data-plan]') !== null;
      if (event.key !== 'Escape' && (event.key !== 'Enter' || plansAnew)) return;
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      fold(details);
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

/** Shows the reply as it will be sent, in a frame: the draft, or what stands in the editor. */

/** The form by which the reply would be sent now. */
function formInUse() {
  const forms = document.querySelectorAll('form[data-approve], form[data-editor]');
  return [...forms].find((form) => form.checkVisibility());
}

/** Who is chosen for a copy there, as fields of the preview's own form. */
function copyFields(form) {
  return [...form.querySelectorAll('input[name=copies]:checked')].map(({ value }) =>
    Object.assign(document.createElement('input'), { type: 'hidden', name: 'copies', value }),
  );
}

export function startPreview() {
  document.addEventListener('submit', ({ target }) => {
    if (target.id !== 'preview-form') return;
    const form = formInUse();
    const field = target.querySelector('input[name=text]');
    field.value = form?.querySelector('textarea')?.value ?? field.defaultValue;
    if (form) target.querySelector('[data-preview-copies]').replaceChildren(...copyFields(form));
    // Without scripts it is a page of its own.
    target.target = 'preview-frame';
    document.getElementById('preview').showPopover();
  });
}

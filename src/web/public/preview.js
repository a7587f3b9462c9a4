/** Shows the reply as it will be sent, in a frame: the draft, or what stands in the editor. */

function written() {
  const editor = document.querySelector('form[data-editor]');
  return editor?.checkVisibility() ? editor.querySelector('textarea').value : null;
}

export function startPreview() {
  document.addEventListener('submit', ({ target }) => {
    if (target.id !== 'preview-form') return;
    const field = target.querySelector('input[name=text]');
    field.value = written() ?? field.defaultValue;
    // Without scripts it is a page of its own.
    target.target = 'preview-frame';
    document.getElementById('preview').showPopover();
  });
}

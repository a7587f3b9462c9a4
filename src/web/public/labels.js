/** Labels: a panel closes with what was chosen in it, and letters go to the field that takes them. */

export function startLabels() {
  // The page around the panel stays, so nothing else would close it.
  document.addEventListener('submit', ({ target }) => target.closest('.relabel')?.hidePopover());
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const panel = document.querySelector('.relabel:popover-open');
    const field = panel?.querySelector('[data-typed]');
    // The letter is typed where the focus is once this returns.
    if (field && event.target !== field && /^\p{L}$/u.test(event.key)) field.focus();
  });
}

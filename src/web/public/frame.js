/** Shows a mail's HTML on request, in a frame where nothing runs. */

function open(button) {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', '');
  frame.title = 'The mail as formatted';
  frame.src = button.dataset.html;
  const pictures = document.createElement('button');
  pictures.type = 'button';
  pictures.className = 'link';
  pictures.textContent = 'Load pictures from the internet (the sender may notice)';
  pictures.addEventListener('click', () => {
    frame.src = `${button.dataset.html}?pictures=yes`;
    pictures.remove();
  });
  const box = document.createElement('div');
  box.className = 'frame';
  box.append(frame, pictures);
  button.closest('.message').querySelector('.prose').after(box);
  return box;
}

export function startFrames() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-html]');
    if (!button) return;
    const message = button.closest('.message');
    const shown = message.querySelector('.frame');
    if (shown) shown.remove();
    else open(button);
    message.classList.toggle('framed', !shown);
    button.textContent = shown ? 'As formatted' : 'As text';
  });
}

/** Growing: shows the reply of the open mail while a model still writes it. */

import { openArticle } from './navigate.js';

let asking = false;
let again = false;

/** Asks for the text as far as it is written. One answer after the other, or an older one comes last. */
async function look() {
  const place = openArticle()?.querySelector('[data-growing]');
  if (!place) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    // Led elsewhere, to the login for instance, it is no draft.
    const answer = await fetch(place.dataset.growing, { redirect: 'manual' });
    const text = answer.status === 200 ? await answer.text() : '';
    if (text !== '') place.textContent = text;
  } catch {
    // The next piece of the text brings this one along, or the finished draft does.
  }
  asking = false;
  if (!again) return;
  again = false;
  await look();
}

export function startGrowing() {
  document.addEventListener('desk:partial', ({ detail }) => {
    const { conversation } = JSON.parse(detail.data);
    if (openArticle()?.dataset.ref === `c${conversation}`) void look();
  });
}

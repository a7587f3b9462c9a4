/** Goes on by itself from a login link that a person opened; a prefetched page waits for them. */

const go = () => document.getElementById('login-link').requestSubmit();

if (document.prerendering) document.addEventListener('prerenderingchange', go, { once: true });
else if (document.visibilityState === 'visible') go();

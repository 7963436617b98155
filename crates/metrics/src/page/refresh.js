'use strict';
const EVERY = 5000;
const stale = document.getElementById('stale');
let answered = new Date();
async function refresh() {
  // Nobody sees a hidden page, and a selection is about to be copied.
  if (document.hidden || !getSelection().isCollapsed) return;
  try {
    const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(EVERY - 500) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = page.querySelector('main');
    if (!next) throw new Error('no status page');
    // What was unfolded stays so.
    for (const open of document.querySelectorAll('main details[open]')) {
      next.querySelector(`#${open.id}`)?.setAttribute('open', '');
    }
    document.querySelector('main').replaceWith(next);
    document.title = page.title;
    answered = new Date();
    stale.hidden = true;
  } catch {
    stale.textContent = `No answer since ${answered.toLocaleTimeString()}. What stands below is old.`;
    stale.hidden = false;
    document.title = `✖ no answer · ${document.title.replace(/^✖ no answer · /, '')}`;
  }
}
setInterval(refresh, EVERY);
document.addEventListener('visibilitychange', refresh);

// Says when the console or the connection to it is gone. htmx keeps the page as it is, so nothing typed is lost.
const connection = document.getElementById('connection');

function show(text) {
  const box = document.getElementById('connection') ?? connection;
  box.textContent = text;
  box.hidden = text === '';
}

document.addEventListener('htmx:error', () =>
  show(
    'The connection to the console is lost. What you see may be old; what you typed is still there. Try again in a moment.',
  ),
);
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  show('');
  if (ctx.response.status < 400) document.getElementById('notice').replaceChildren();
});
document.addEventListener('htmx:before:request', ({ target }) => target.classList?.add('sending'));
document.addEventListener('htmx:finally:request', ({ target }) => target.classList?.remove('sending'));

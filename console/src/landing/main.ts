// The landing page is static; only copying needs a script.

const button = document.querySelector<HTMLButtonElement>('#copy');
const commands = document.querySelector('#commands')?.textContent ?? '';

button?.addEventListener('click', () => {
  const say = (text: string) => {
    button.textContent = text;
    setTimeout(() => (button.textContent = 'Copy'), 1_500);
  };
  navigator.clipboard?.writeText(commands).then(
    () => say('Copied'),
    () => say('Not allowed'),
  );
});

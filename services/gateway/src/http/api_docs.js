// Starts Swagger UI. The top bar of its standalone layout is left out: it writes a style element, which the content security policy
// refuses. The validator is off: it would send every reader's address to a server on the internet.
'use strict';

/** Dark as it was chosen in the wallet or the console, else as the system is. */
function showTheme() {
  let chosen = null;
  try {
    chosen = localStorage.getItem('payflow.theme');
  } catch {
    // Storage is switched off.
  }
  const isDark = chosen === null ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  document.documentElement.classList.toggle('dark-mode', isDark);
}

showTheme();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);

SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/api-docs.json',
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: 'none',
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  showExtensions: true,
  tryItOutEnabled: true,
});

// Sets the chosen theme and language before anything is drawn. A file of its own: the content security policy allows no inline script.
(function () {
  try {
    var theme = localStorage.getItem('payflow.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    var language = localStorage.getItem('payflow.language');
    if (language) document.documentElement.lang = language;
  } catch (refused) {
    // Storage is switched off: the theme is the system's.
  }
})();

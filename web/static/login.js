"use strict";
// A one-time link that was shown on this machine, to whoever sits at it: the page presses its own button. Elsewhere a person does.
(() => {
  const form = document.querySelector("form[data-at-once]");
  if (form) form.submit();
})();

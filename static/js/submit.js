// <form data-auto>: filters apply when a choice changes; without this script its button does it.
document.addEventListener("change", (event) => {
  // Enter in a search field submits by itself; a second submit would cut off the first.
  const form = event.target.type !== "search" && event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});

for (const button of document.querySelectorAll("form[data-auto] [data-without-script]")) button.hidden = true;

// <form data-auto>: filters apply when a choice changes; without this script its button does it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});

for (const button of document.querySelectorAll("form[data-auto] [data-without-script]")) button.hidden = true;

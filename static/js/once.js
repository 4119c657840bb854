// <form data-once>: the second submit of a double tap goes nowhere.
// Forms that htmx sends are its own: they use hx-disabled-elt.
// The buttons are marked, not disabled: a disabled button's name and value would be missing from what is sent.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of buttonsOf(form)) {
    button.setAttribute("aria-disabled", "true");
    if (button === event.submitter) button.dataset.busy = "";
  }
});

// Back from the payment page, the browser shows the page as it was left: let it be sent again.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach(release));

function release(form) {
  delete form.dataset.sent;
  for (const button of buttonsOf(form)) {
    button.removeAttribute("aria-disabled");
    delete button.dataset.busy;
  }
}

function buttonsOf(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

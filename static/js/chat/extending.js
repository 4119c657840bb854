// More time from the chat: what fits is asked for when the dialog opens; a saved card is charged without leaving the
// page, any other way of paying opens beside it.
import { toast } from "../toast.js";
import { say } from "./words.js";

export function armExtending() {
  const dialog = document.getElementById("more-dialog");
  if (!dialog) return;
  const here = document.getElementById("more-here");
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-opens=more-dialog]")) window.htmx.trigger(here, "more");
  });
  dialog.addEventListener("submit", async (event) => {
    if (event.submitter?.name !== "card") return dialog.close();
    event.preventDefault();
    if (event.target.dataset.sent) return;
    await charge(event.target, event.submitter, dialog);
  });
}

async function charge(form, button, dialog) {
  form.dataset.sent = button.dataset.busy = "yes";
  const answer = await ask(form, button);
  if (answer?.redirect) return location.assign(answer.redirect);
  delete form.dataset.sent;
  delete button.dataset.busy;
  toast(answer?.message ?? say("notExtended"));
  if (["succeeded", "missed", "processing"].includes(answer?.status)) dialog.close();
}

// What the server says as JSON, or null when nobody answered: the same tap again is the same extension.
async function ask(form, button) {
  try {
    // The second argument of FormData is younger than the phones' browsers.
    const body = new FormData(form);
    body.set(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    return await answer.json();
  } catch {
    return null;
  }
}

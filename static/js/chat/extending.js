// More time from the chat: what fits is asked for when the dialog opens; a saved card is charged, or what she asked for
// declined, without leaving the page. Any other way of paying opens beside it.
import { toast } from "../toast.js";
import { say } from "./words.js";

const ON_THE_PAGE = ["card", "chosen", "drop"];
const DONE = ["succeeded", "missed", "processing", "granted", "dropped"];

// What she asks for stands in the talk's head with both answers.
const ASKED = ["extension_asked", "not_extended", "extended"];
const RUNNING = ["live", "paused"];

export function armExtending() {
  const dialog = document.getElementById("more-dialog");
  if (!dialog) return;
  const here = document.getElementById("more-here");
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-opens=more-dialog]")) window.htmx.trigger(here, "more");
  });
  dialog.addEventListener("submit", async (event) => {
    if (!ON_THE_PAGE.includes(event.submitter?.name)) return dialog.close();
    event.preventDefault();
    if (event.target.dataset.sent) return;
    await send(event.target, event.submitter, dialog);
  });
  document.getElementById("asked-here")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!event.target.dataset.sent) await send(event.target, event.submitter, dialog);
  });
}

// Somebody asked for more, or it was answered, perhaps on another page.
export function heardOfAsking(event) {
  const here = document.getElementById("asked-here");
  if (here && (ASKED.includes(event) || !event)) window.htmx.trigger(here, "asked");
}

// What is over cannot be paid for or ended any more: an open dialog would still offer it.
export function closeWhatIsOver({ state }) {
  if (RUNNING.includes(state)) return;
  // Who is just ending it himself goes on to his bill.
  const dialogs = [...document.querySelectorAll("#more-dialog[open], #end-dialog[open]")];
  const open = dialogs.filter((dialog) => !dialog.querySelector("#end-form[data-sent]"));
  open.forEach((dialog) => dialog.close());
  if (open.length) toast(say("isOver"));
  document.getElementById("asked-here")?.replaceChildren();
}

async function send(form, button, dialog) {
  form.dataset.sent = button.dataset.busy = "yes";
  const answer = await ask(form, button);
  if (answer?.redirect) return location.assign(answer.redirect);
  delete form.dataset.sent;
  delete button.dataset.busy;
  toast(answer?.message ?? say("notExtended"));
  if (!DONE.includes(answer?.status)) return undefined;
  heardOfAsking();
  return dialog.close();
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

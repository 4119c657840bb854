// Ending from the dialog: asked for without leaving the page, so that a failure is told where one is.
import { toast } from "../toast.js";
import { say } from "./words.js";

export function armEnding() {
  const form = document.getElementById("end-form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    busy(form, true);
    const answer = await post(form);
    if (answer?.receipt) return location.assign(answer.receipt);
    busy(form, false);
    form.closest("dialog").close();
    toast(answer?.message ?? say("notEnded"));
  });
}

// What the server says as JSON, or null when nobody answered.
async function post(form) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
    return await answer.json();
  } catch {
    return null;
  }
}

function busy(form, is) {
  const button = form.querySelector("button");
  if (is) form.dataset.sent = button.dataset.busy = "yes";
  else {
    delete form.dataset.sent;
    delete button.dataset.busy;
  }
}

// htmx asked and nobody answered: say so, and that nothing was lost. The words come from the page, in its language.
import { toast } from "./toast.js";

// What asks by itself asks again by itself.
function say(name, { target }) {
  const words = target.matches?.(".meanwhile") ? "" : document.getElementById("toasts")?.dataset[name];
  if (words) toast(words);
}

document.addEventListener("htmx:sendError", (event) => say("offline", event));
document.addEventListener("htmx:timeout", (event) => say("offline", event));
document.addEventListener("htmx:responseError", (event) => say("failed", event));

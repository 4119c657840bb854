// htmx asked and nobody answered: say so, and that nothing was lost. The words come from the page, in its language.
import { toast } from "./toast.js";

function say(name) {
  const words = document.getElementById("toasts")?.dataset[name];
  if (words) toast(words);
}

document.addEventListener("htmx:sendError", () => say("offline"));
document.addEventListener("htmx:timeout", () => say("offline"));
document.addEventListener("htmx:responseError", () => say("failed"));

// How the connection is, said honestly, but not for a hiccup.
import { say } from "./words.js";

const PATIENCE_MS = 1200;
const SIGNED_OUT = 4501;
const TOO_MANY = 4509;
let soon = 0;

export function showLine({ is, code }) {
  clearTimeout(soon);
  if (is === "open") return put("");
  if (is === "connecting" && !navigator.onLine) return put(say("offline"), true);
  if (is === "connecting") {
    soon = setTimeout(() => put(say("connecting"), true), PATIENCE_MS);
    return undefined;
  }
  return put(code === SIGNED_OUT ? say("signedOut") : code === TOO_MANY ? say("tooManyPages") : say("closedForGood"));
}

function put(words, waits = false) {
  const line = document.getElementById("line");
  line.hidden = !words;
  const span = line.querySelector("span");
  span.textContent = words;
  span.classList.toggle("waiting", waits);
}

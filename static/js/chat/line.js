// How the connection is, said honestly, but not for a hiccup. Its place is always there, so that it is read out.
import { closedWords } from "./closed.js";
import { element } from "./lines.js";
import { say } from "./words.js";

const PATIENCE_MS = 1200;
let soon = 0;

// `again()` connects once more where the server closed for good.
export function showLine({ is, code }, again) {
  clearTimeout(soon);
  if (is === "open") put();
  else if (is === "closed") put(closedWords(code, again));
  else if (!navigator.onLine) put(waits("offline"));
  else soon = setTimeout(() => put(waits("connecting")), PATIENCE_MS);
}

function waits(name) {
  return element("span", "waiting", say(name));
}

function put(...words) {
  document.getElementById("line").replaceChildren(...words);
}

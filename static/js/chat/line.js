// How the connection is, said honestly, but not for a hiccup. Its place is always there, so that it is read out.
import { showClosed } from "./closed.js";
import { element } from "./lines.js";
import { say } from "./words.js";

const PATIENCE_MS = 1200;
const place = document.getElementById("line");
let soon = 0;

// `again()` connects once more where the server closed for good; `runs`: the clock did when the line went.
export function showLine({ is, code }, runs, again) {
  clearTimeout(soon);
  if (is === "open") put();
  else if (is === "closed") showClosed(place, code, again);
  else if (!navigator.onLine) put(...waits("offline", runs));
  else soon = setTimeout(() => put(...waits("connecting", runs)), PATIENCE_MS);
}

// Who is cut off may think that he is not charged.
function waits(name, runs) {
  const clock = runs ? [element("p", "", say("runsOn"))] : [];
  return [element("span", "waiting", say(name)), ...clock];
}

function put(...words) {
  place.replaceChildren(...words);
}

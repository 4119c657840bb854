// A line that was asked for by its number (?at=): shown and marked once the talk around it is there, and in it the words
// that led to it (#find=).
import { mark } from "./marking.js";

const QUIET_MS = 400;
const TOUCHED = ["wheel", "touchstart", "keydown", "pointerdown"];

// Whoever loads the page again, or comes back to it after signing in, wants to see what is new.
function forget() {
  const address = new URL(location);
  address.searchParams.delete("at");
  address.hash = "";
  history.replaceState(history.state, "", address);
}

export function goTo(seq) {
  if (!seq) return;
  const box = document.getElementById("log");
  const list = document.getElementById("log-list");
  const words = new URLSearchParams(location.hash.slice(1)).get("find") ?? "";
  let soon = 0;

  // While the rest of the talk comes in, the page goes along with it to the end, so it is gone back to.
  const show = () => {
    const line = list.querySelector(`[data-seq="${seq}"]`);
    if (!line) return;
    if (!line.classList.contains("found")) mark(line, words);
    line.classList.add("found");
    line.scrollIntoView({ block: line.offsetHeight > box.clientHeight / 2 ? "start" : "center" });
    clearTimeout(soon);
    soon = setTimeout(() => stop(line), QUIET_MS);
  };
  const watch = new MutationObserver(show);
  const stop = (line) => {
    watch.disconnect();
    forget();
    clearTimeout(soon);
    TOUCHED.forEach((type) => box.removeEventListener(type, leave));
    // Who has begun to write meanwhile, or is on a button, stays there.
    if (!line || document.activeElement !== document.body) return;
    line.tabIndex = -1;
    line.focus({ preventScroll: true });
  };
  const leave = () => stop(null);
  TOUCHED.forEach((type) => box.addEventListener(type, leave, { passive: true }));
  watch.observe(list, { childList: true });
  show();
}

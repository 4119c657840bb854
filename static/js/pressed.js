// Nothing that follows the server is replaced under the finger: the tap would be lost. It asks again when that is up.
const LONGEST_MS = 10_000;
let pressed = null;
let since = 0;
const owed = new Set();

document.addEventListener("pointerdown", ({ target, timeStamp }) => {
  pressed = target;
  since = timeStamp;
});
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => {
    pressed = null;
    // After the click that comes of it.
    setTimeout(askAgain);
  });
}

document.addEventListener("htmx:beforeSwap", ({ target, detail, timeStamp }) => {
  if (!pressed || timeStamp - since > LONGEST_MS) return;
  if (!target.matches?.("[hx-get][hx-trigger]") || !target.contains(pressed)) return;
  detail.shouldSwap = false;
  owed.add(target);
});

function askAgain() {
  for (const part of owed) {
    if (part.isConnected) window.htmx.ajax("GET", part.getAttribute("hx-get"), { source: part });
  }
  owed.clear();
}

// Who is here now is asked again while somebody looks at the page, and not under a finger.
const EVERY_MS = 25_000;

function ask() {
  const here = document.getElementById("here");
  if (document.hidden || !here || here.contains(document.activeElement)) return;
  window.htmx.trigger(here, "refresh");
}

setInterval(ask, EVERY_MS);
document.addEventListener("visibilitychange", ask);

// It asks by itself: a failure is tried again, not told.
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => event.target.id === "here" && event.stopImmediatePropagation(), true);
}

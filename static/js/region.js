// A part of the page (#live-part) that follows the server: htmx asks for it again, and it is only replaced when there
// is something new in it, so that nothing is read out twice and nobody loses the button under the finger.
import { showClosed } from "./chat/closed.js";

const NEAR_MS = 1200;
const PATIENCE_MS = 2500;
const SAID_MS = 3000;
// Several words in one breath are one look. For a moment after its greeting a new line may miss one: docs/protocol.md.
const BREATH_MS = 300;
// htmx makes a new part listen a little after it has put it there.
const SETTLED_MS = 60;

export function region() {
  return document.getElementById("live-part");
}

// What happens while an answer is on its way may be missing from it, and what htmx would ask after it is lost with the
// part that the answer replaces: so it is asked again here.
let asking = false;
let again = false;
export function refresh() {
  if (asking) again = true;
  else window.htmx.trigger(region(), "refresh");
}

let soon = 0;
export function refreshSoon() {
  soon ||= setTimeout(() => {
    soon = 0;
    refresh();
  }, BREATH_MS);
}

function isOfRegion(event) {
  // Not the event's own element: once that is replaced, the event comes from its parent.
  return event.detail.requestConfig?.elt.id === "live-part";
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  asking ||= isOfRegion(event);
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (isOfRegion(event)) setTimeout(answered, SETTLED_MS);
});

function answered() {
  asking = false;
  if (!again) return;
  again = false;
  refresh();
}

// `changed(before, after)` is called after each replacement.
export function follow(changed = () => {}) {
  let before = null;
  let hadFocus = false;

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    before = region();
    if (event.detail.target !== before) return;
    hadFocus = before.contains(document.activeElement);
    event.detail.shouldSwap &&= isNews(event.detail.serverResponse, before);
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const after = region();
    if (after === before) return;
    keepTyped(before, after);
    if (hadFocus && !after.contains(document.activeElement)) keepPlace(after);
    say(after);
    changed(before, after);
  });
  // It asks by itself every few seconds: a failure is shown by #line, not by a message each time.
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.body.addEventListener(name, (event) => {
      event.stopPropagation();
      lineIs(false);
    });
  }
  document.body.addEventListener("htmx:beforeSwap", () => lineIs(true));
  document.addEventListener("countdown:over", () => setTimeout(refresh, NEAR_MS));
}

// How the line of the page's socket is; closed for good, it is said what to do until it is open again.
export function followLine(socket) {
  socket.addEventListener("line", ({ detail: { is, code } }) => {
    lineIs(is !== "connecting");
    if (is === "connecting") return;
    const place = document.getElementById("line-closed");
    if (is === "closed") showClosed(place, code, () => socket.open());
    else place.replaceChildren();
  });
}

// A short gap is nobody's business: the line counts as gone when it has been for a moment.
let gone = 0;
function lineIs(up) {
  const line = document.getElementById("line");
  if (!up) gone ||= setTimeout(() => (line.hidden = false), PATIENCE_MS);
  if (!up) return;
  clearTimeout(gone);
  gone = 0;
  line.hidden = true;
}

function isNews(html, shown) {
  const part = new DOMParser().parseFromString(html, "text/html").getElementById("live-part");
  // Another page came instead, such as the sign-in: go there as a whole.
  if (!part) location.reload();
  return Boolean(part) && part.dataset.version !== shown.dataset.version;
}

// Whoever is in the middle of a code goes on typing it; another form in the same place begins empty.
function keepTyped(before, after) {
  for (const typed of before.querySelectorAll("input[id]:not([type=hidden])")) {
    if (!typed.form || typed.value === typed.defaultValue) continue;
    const fresh = after.querySelector(`#${CSS.escape(typed.id)}`);
    if (fresh?.form && asksTheSame(typed.form, fresh.form)) fresh.value = typed.value;
  }
  for (const chosen of before.querySelectorAll("input[type=radio]:checked")) keepChosen(chosen, after);
}

function keepChosen({ defaultChecked, form, name, value }, after) {
  if (defaultChecked || !form) return;
  const same = [...after.querySelectorAll("form")].find((other) => other.getAttribute("action") === form.getAttribute("action"));
  const fresh = same?.querySelector(`input[type=radio][name="${name}"][value="${CSS.escape(value)}"]`);
  if (fresh && asksTheSame(form, same)) fresh.checked = true;
}

function asksTheSame(...forms) {
  const [one, other] = forms.map((form) =>
    [...form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken])")].map(({ value }) => value).join(),
  );
  return one === other;
}

function keepPlace(after) {
  const heading = after.querySelector(after.dataset.says ?? "h2");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

function say(after) {
  const words = after.dataset.says && after.querySelector(after.dataset.says);
  if (!words) return;
  const said = document.getElementById("said");
  said.textContent = words.textContent.trim().replace(/\s+/g, " ");
  setTimeout(() => (said.textContent = ""), SAID_MS);
}

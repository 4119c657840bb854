// The codes of two who meet in person, on her page (#kept-codes). What she types is kept on the phone until the server
// has answered for good: in a basement there is no network, and the clock counts from when it was typed.
// docs/decisions/0023 tells how long ago that was, and why.
import { nowToKeep, since, tellServerNow } from "./clock.js";
import { hour } from "./hour.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const section = document.getElementById("kept-codes");
const PURPOSES = ["start", "end"];
const PATIENCE_MS = 10_000;
const AGAIN_MS = 15_000;
// Where the browser keeps nothing, this page still does.
const here = new Map();
let sending = false;

if (section) {
  // When the answer came, not when this script was ready.
  const [loaded] = performance.getEntriesByType("navigation");
  tellServerNow(Number(section.dataset.serverNowMs), loaded?.responseStart);
  // Before the page's own guards: this form is not sent by the browser, which would show its own page without a network.
  document.addEventListener("submit", (event) => event.target.matches(".code-form") && type(event), true);
  section.addEventListener("click", press);
  window.addEventListener("online", sendKept);
  document.addEventListener("visibilitychange", () => document.hidden || sendKept());
  setInterval(() => document.hidden || sendKept(), AGAIN_MS);
  show();
  sendKept();
}

// All that is kept, in the order in which it was typed. Without an answer the rest waits too.
export async function sendKept() {
  if (!section || sending || !navigator.onLine) return;
  sending = true;
  let goesOn = true;
  for (const entry of kept()) goesOn &&= await send(entry);
  sending = false;
}

async function type(event) {
  event.preventDefault();
  const form = event.target;
  const digits = form.digits.value.normalize("NFKC").replace(/\s/g, "");
  if (!/^\d{6}$/.test(digits)) return toast(section.dataset.six);
  keep({ key: uuid(), purpose: form.purpose.value, digits, typed: nowToKeep() });
  clear("bad");
  busy(form, true);
  if (navigator.onLine) await sendKept();
  busy(form, false);
  show();
}

function busy(form, is) {
  const button = form.querySelector("button");
  if (is) button.dataset.busy = "";
  else delete button.dataset.busy;
}

// False when nobody answered, or the page goes on: what is left is sent from there.
async function send(entry) {
  const answer = await ask(entry);
  if (!answer) {
    show();
    return false;
  }
  forget(entry);
  if (answer.page) {
    location.assign(answer.page);
    return false;
  }
  show();
  refused(entry, answer.message);
  return true;
}

// What the server says of it; null when it was not asked: no network, too busy, or signed out, which answers with a page.
async function ask(entry) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", section.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("purpose", entry.purpose);
  body.set("digits", entry.digits);
  body.set("request_key", entry.key);
  body.set("age_ms", since(entry.typed));
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const asked = { method: "POST", body, headers: { Accept: "application/json" }, signal: patience.signal };
    const answer = await fetch(section.dataset.action, asked);
    return answer.status < 500 ? await answer.json() : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function press({ target }) {
  const note = target.closest("[data-note]");
  if (!note || !target.closest("button")) return;
  const again = "again" in target.dataset;
  forget(note.entry);
  note.remove();
  show();
  if (again) refill(note.entry.purpose);
}

function refill(purpose) {
  const form = document.querySelector(".code-form");
  if (form?.purpose.value !== purpose) return;
  form.digits.value = "";
  form.digits.focus();
}

// What waits, in the place of what was said to wait before.
function show() {
  clear("waits");
  for (const entry of kept()) note("waits", entry, section.dataset[`${entry.purpose}Kept`]);
}

function refused(entry, why) {
  note("bad", entry, section.dataset[`${entry.purpose}Refused`], why);
  document.querySelector(".code-form")?.digits.select();
}

function clear(kind) {
  for (const old of section.querySelectorAll(`[data-note=${kind}]`)) old.remove();
  section.hidden = !section.querySelector("[data-note]");
}

function note(kind, entry, words, why = "") {
  const line = section.querySelector("template").content.firstElementChild.cloneNode(true);
  line.dataset.note = kind;
  line.classList.toggle("bad", kind === "bad");
  line.entry = entry;
  const text = words.replace("{time}", hour(entry.typed.serverMs)).replace("{why}", why);
  line.querySelector("[data-words]").textContent = text;
  line.querySelector("[data-drop]").textContent = section.dataset[kind === "bad" ? "close" : "drop"];
  line.querySelector("[data-again]").hidden = document.querySelector(".code-form")?.purpose.value !== entry.purpose;
  section.append(line);
  section.hidden = false;
  document.getElementById("said").textContent = text;
  line.scrollIntoView({ block: "nearest" });
}

function place(purpose) {
  return `code:${section.dataset.booking}:${purpose}`;
}

function kept() {
  return PURPOSES.map(read).filter(Boolean).sort((one, other) => one.typed.serverMs - other.typed.serverMs);
}

function read(purpose) {
  try {
    return JSON.parse(localStorage.getItem(place(purpose))) ?? here.get(purpose);
  } catch {
    return here.get(purpose);
  }
}

// Typed again, it takes the place of what waited.
function keep(entry) {
  here.set(entry.purpose, entry);
  try {
    localStorage.setItem(place(entry.purpose), JSON.stringify(entry));
  } catch {
    // A private window keeps nothing.
  }
}

function forget({ purpose, key }) {
  if (read(purpose)?.key !== key) return;
  here.delete(purpose);
  try {
    localStorage.removeItem(place(purpose));
  } catch {
    // Nor did it keep this.
  }
}

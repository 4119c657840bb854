// The codes that wait on her phone, on whichever page she opens: sent until the server has answered for good. Her
// booking's page (codes.js) may answer a "code" event itself; elsewhere a line floats up.
// docs/decisions/0023 tells from when they count, and why.
import { since, tellServerNow } from "./clock.js";
import { hour } from "./hour.js";
import { toast } from "./toast.js";

const sender = document.getElementById("code-sender");
const PREFIX = "code:";
const PATIENCE_MS = 10_000;
const AGAIN_MS = 15_000;
const HALF_SECOND_MS = 500;
// Over by themselves: the same code may be right a minute later.
const PASSING = ["companion_busy", "client_elsewhere", "code_rests"];
// Where the browser keeps nothing, this page still does.
const here = new Map();
let sending = false;
// A phone may set its clock right as soon as there is a network again: then how far it was off says nothing any more.
let timeKnown = true;

if (sender) {
  // When the answer came, not when this script was ready.
  const [loaded] = performance.getEntriesByType("navigation");
  tellServerNow(Number(sender.dataset.nowUs) / 1000, loaded?.responseStart);
  window.addEventListener("offline", () => (timeKnown = false));
  window.addEventListener("online", () => sendKept());
  document.addEventListener("visibilitychange", () => document.hidden || sendKept());
  setInterval(() => document.hidden || sendKept(), AGAIN_MS);
  // Once the page's own parts listen.
  document.addEventListener("DOMContentLoaded", () => sendKept());
}

// All that is kept. Without an answer the rest waits too. `heard`: the server has just said what time it is.
export async function sendKept({ heard = false } = {}) {
  timeKnown ||= heard;
  if (!sender || sending || !navigator.onLine) return;
  sending = true;
  let goesOn = !waiting().length || timeKnown || (await hearTime());
  for (const entry of waiting()) goesOn &&= await send(entry);
  sending = false;
}

// Those of whoever is signed in here, in the order in which they were typed.
export function kept() {
  const mine = [...places()].map(read).filter((entry) => entry?.user === sender?.dataset.user);
  return mine.sort((one, other) => one.typed.serverMs - other.typed.serverMs);
}

// Typed again, it takes the place of what waited.
export function keep(entry) {
  const whole = { ...entry, user: sender.dataset.user };
  here.set(place(whole), whole);
  try {
    localStorage.setItem(place(whole), JSON.stringify(whole));
  } catch {
    // A private window keeps nothing.
  }
}

export function forget(entry) {
  if (read(place(entry))?.key !== entry.key) return;
  here.delete(place(entry));
  try {
    localStorage.removeItem(place(entry));
  } catch {
    // Nor did it keep this.
  }
}

// An end first: it may be what a start waits for. Not before the start of its own order, though.
function waiting() {
  const left = kept().filter((entry) => !entry.why);
  const begins = new Set(left.filter(({ purpose }) => purpose === "start").map(({ booking }) => booking));
  const later = ({ purpose, booking }) => Number(purpose === "start" || begins.has(booking));
  return left.sort((one, other) => later(one) - later(other));
}

// False when nobody answered, or the page goes on: what is left is sent from there.
async function send(entry) {
  const answer = await ask(entry);
  const passes = PASSING.includes(answer?.code);
  if (answer && !passes) forget(entry);
  const detail = { entry, answer, passes };
  const mine = !document.dispatchEvent(new CustomEvent("code", { cancelable: true, detail }));
  if (!mine && answer && !passes) sayHere(entry, answer);
  return Boolean(answer) && !(mine && answer.page);
}

// What was refused is told once more, in full, on its booking's page.
function sayHere(entry, { page, message }) {
  if (page) return toast(sender.dataset.arrived);
  keep({ ...entry, why: message });
  toast(refusal(entry, message));
}

export function refusal({ purpose, typed }, why) {
  const words = sender.dataset[`${purpose}Refused`];
  return words.replace("{time}", hour(typed.serverMs)).replace("{why}", why);
}

// What the server says of it; null when it was not asked: no network, too busy, or signed out, which answers with a page.
async function ask(entry) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", sender.querySelector("[name=csrfmiddlewaretoken]").value);
  body.set("purpose", entry.purpose);
  body.set("digits", entry.digits);
  body.set("request_key", entry.key);
  body.set("age_ms", since(entry.typed));
  const action = sender.dataset.action.replace(sender.dataset.any, entry.booking);
  try {
    const answer = await patiently(action, { method: "POST", body, headers: { Accept: "application/json" } });
    return answer.status < 500 ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Any answer of a server says when it was given, to the second.
async function hearTime() {
  try {
    const answer = await patiently(import.meta.url, { method: "HEAD", cache: "no-store" });
    const saidMs = Date.parse(answer.headers.get("Date"));
    if (!saidMs) return false;
    tellServerNow(saidMs + HALF_SECOND_MS);
    return (timeKnown = true);
  } catch {
    return false;
  }
}

async function patiently(url, asked) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await fetch(url, { ...asked, signal: patience.signal });
  } finally {
    clearTimeout(timer);
  }
}

function place({ booking, purpose }) {
  return `${PREFIX}${booking}:${purpose}`;
}

function places() {
  try {
    return new Set([...here.keys(), ...Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))]);
  } catch {
    return here.keys();
  }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? here.get(name);
  } catch {
    return here.get(name);
  }
}

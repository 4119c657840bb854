// The codes of two who meet in person, on her page (#kept-codes). What she types is kept on the phone until the server
// has answered for good: in a basement there is no network, and the clock counts from when it was typed.
// docs/decisions/0023 tells how long ago that was, and why.
import { nowToKeep } from "./clock.js";
import { hour } from "./hour.js";
import { forget, keep, kept, refusal, sendKept } from "./kept.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const section = document.getElementById("kept-codes");

if (section) {
  // Before the page's own guards: this form is not sent by the browser, which would show its own page without a network.
  document.addEventListener("submit", (event) => event.target.matches(".code-form") && type(event), true);
  document.addEventListener("code", answered);
  section.addEventListener("click", press);
  show();
  for (const entry of ours().filter(({ why }) => why)) {
    forget(entry);
    refused(entry, entry.why);
  }
}

async function type(event) {
  event.preventDefault();
  const form = event.target;
  const digits = form.digits.value.normalize("NFKC").replace(/\s/g, "");
  if (!/^\d{6}$/.test(digits)) return toast(section.dataset.six);
  keep({ key: uuid(), booking: section.dataset.booking, purpose: form.purpose.value, digits, typed: nowToKeep() });
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

// What the server said of one of this booking's, or that it said nothing yet.
function answered(event) {
  const { entry, answer, passes } = event.detail;
  if (entry.booking !== section.dataset.booking) return;
  event.preventDefault();
  if (answer?.page) return location.assign(answer.page);
  if (passes && ours().some(({ key }) => key === entry.key)) keep({ ...entry, waitsFor: answer.message });
  show();
  if (answer && !passes) refused(entry, answer.message);
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
  for (const entry of ours().filter(({ why }) => !why)) {
    const words = section.dataset[`${entry.purpose}${entry.waitsFor ? "Waits" : "Kept"}`];
    note("waits", entry, words.replace("{time}", hour(entry.typed.serverMs)).replace("{why}", entry.waitsFor));
  }
}

function refused(entry, why) {
  note("bad", entry, refusal(entry, why));
  document.querySelector(".code-form")?.digits.select();
}

function ours() {
  return kept().filter(({ booking }) => booking === section.dataset.booking);
}

function clear(kind) {
  for (const old of section.querySelectorAll(`[data-note=${kind}]`)) old.remove();
  section.hidden = !section.querySelector("[data-note]");
}

function note(kind, entry, text) {
  const line = section.querySelector("template").content.firstElementChild.cloneNode(true);
  line.dataset.note = kind;
  line.classList.toggle("bad", kind === "bad");
  line.entry = entry;
  line.querySelector("[data-words]").textContent = text;
  line.querySelector("[data-drop]").textContent = section.dataset[kind === "bad" ? "close" : "drop"];
  line.querySelector("[data-again]").hidden = document.querySelector(".code-form")?.purpose.value !== entry.purpose;
  section.append(line);
  section.hidden = false;
  document.getElementById("said").textContent = text;
  line.scrollIntoView({ block: "nearest" });
}

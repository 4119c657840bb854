// <span class="countdown" data-deadline-ms data-server-now-ms>: counts down to 0 on the server's clock.
// data-says-five, data-says-minute, data-says-over: read out when so many minutes are left, and at 0.
// data-reload: ask for the page again at 0.
// <progress data-deadline-ms data-server-now-ms data-span-ms>: the same as a bar.
import { clockText } from "./clock.js";
import { toast } from "./toast.js";

const TICK_MS = 250;
const MARKS_MS = { saysFive: 5 * 60_000, saysMinute: 60_000 };
const URGENT_MS = 30_000;
const RELOAD_AFTER_MS = 1500;
// What each element showed last; its own server time is the start of its own count.
const counts = new WeakMap();

function countOf(element) {
  if (!counts.has(element)) counts.set(element, { since: performance.now(), leftMs: Infinity });
  return counts.get(element);
}

function tick() {
  for (const element of document.querySelectorAll("[data-deadline-ms][data-server-now-ms]")) {
    const count = countOf(element);
    const { deadlineMs, serverNowMs } = element.dataset;
    const leftMs = Math.max(0, Number(deadlineMs) - Number(serverNowMs) - (performance.now() - count.since));
    if (element.localName === "progress") element.value = leftMs / Number(element.dataset.spanMs);
    else show(element, leftMs, count.leftMs);
    count.leftMs = leftMs;
  }
}

function show(element, leftMs, beforeMs) {
  const text = clockText(leftMs);
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("urgent", leftMs < URGENT_MS);
  const crossed = (markMs) => leftMs <= markMs && beforeMs > markMs;
  for (const [name, markMs] of Object.entries(MARKS_MS)) {
    if (crossed(markMs) && beforeMs !== Infinity) say(element.dataset[name]);
  }
  if (crossed(0)) over(element);
}

function over(element) {
  say(element.dataset.saysOver);
  element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  if ("reload" in element.dataset) setTimeout(() => location.reload(), RELOAD_AFTER_MS);
}

function say(words) {
  if (words) toast(words);
}

tick();
setInterval(tick, TICK_MS);

// <span class="countdown" data-deadline-ms data-server-now-ms>: counts down to 0 on the server's clock.
// data-reload: ask for the page again at 0. <progress data-deadline-ms data-server-now-ms data-span-ms>: the same as a bar.
import { clockText } from "./clock.js";

const TICK_MS = 250;
const URGENT_MS = 30_000;
const RELOAD_AFTER_MS = 1500;
// Each element keeps when it was first seen, so that its own server time is the start of its own count.
const firstSeen = new WeakMap();

function leftOf(element) {
  if (!firstSeen.has(element)) firstSeen.set(element, performance.now());
  const passed = performance.now() - firstSeen.get(element);
  return Math.max(0, Number(element.dataset.deadlineMs) - Number(element.dataset.serverNowMs) - passed);
}

function tick() {
  for (const element of document.querySelectorAll("[data-deadline-ms][data-server-now-ms]")) show(element, leftOf(element));
}

function show(element, leftMs) {
  if (element.localName === "progress") {
    element.value = leftMs / Number(element.dataset.spanMs);
    return;
  }
  const text = clockText(leftMs);
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("urgent", leftMs < URGENT_MS);
  if (leftMs === 0 && !element.dataset.over) over(element);
}

function over(element) {
  element.dataset.over = "yes";
  element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  if ("reload" in element.dataset) setTimeout(() => location.reload(), RELOAD_AFTER_MS);
}

tick();
setInterval(tick, TICK_MS);

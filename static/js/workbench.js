// The workbench: while it is open she is online. A new order shows at once, in the title too, and with a sound if she
// wants one; a message that waits for her reply likewise.
import { Bell } from "./bell.js";
import { follow, followLine, refresh, refreshSoon, region } from "./region.js";
import { Socket } from "./chat/socket.js";
import { toast } from "./toast.js";

const words = document.getElementById("words").dataset;
const title = document.title;
const bell = new Bell();
let known = ordersIn(region());

function ordersIn(part) {
  return Array.from(part.querySelectorAll("[data-order]"), (order) => order.dataset.order);
}

function showTitle() {
  document.title = known.length ? `(${known.length}) ${words.title} · ${title}` : title;
}

// The first moment of a question that waits for her, or undefined.
function questionIn(part) {
  return part.querySelector("[data-question]")?.dataset.question;
}

// What was earned stands below the part that follows: the tables and the sums are of the same moment as the day's.
let isOld = false;
async function renewIncome() {
  isOld = true;
  const page = await pageNow();
  const fresh = page?.getElementById("income");
  if (!fresh) return;
  isOld = false;
  const shown = document.getElementById("income");
  const open = [...shown.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, index) => (details.open = open[index]));
  shown.replaceWith(fresh);
  document.dispatchEvent(new Event("income:new"));
}

// Null while the line is down.
async function pageNow() {
  try {
    const answer = await fetch(location.pathname);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

follow((before, after) => {
  if (before.dataset.settled !== after.dataset.settled) renewIncome();
  const asked = questionIn(after);
  if (asked && asked !== questionIn(before)) {
    bell.nudge();
    toast(words.asked);
  }
  const orders = ordersIn(after);
  const fresh = orders.some((order) => !known.includes(order));
  known = orders;
  showTitle();
  bell.show();
  if (!fresh) return;
  bell.ring();
  toast(words.fresh);
});

const socket = new Socket();
socket.addEventListener("booking", refresh);
socket.addEventListener("msg", refresh);
socket.addEventListener("welcome", () => {
  refreshSoon();
  if (isOld) renewIncome();
});
followLine(socket);
socket.open();
showTitle();
bell.show();

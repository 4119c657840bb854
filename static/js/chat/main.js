// The chat page: one socket, one log, one meter. Reads its start from the JSON #room.
import { tellServerNow } from "../clock.js";
import { toast } from "../toast.js";
import { Composer } from "./composer.js";
import { leaving } from "./ending.js";
import { showGate } from "./gate.js";
import { showLine } from "./line.js";
import { Log } from "./log.js";
import { Meter } from "./meter.js";
import { Outbox } from "./outbox.js";
import { Socket } from "./socket.js";
import { countUnread } from "./unread.js";
import { View } from "./view.js";
import { say } from "./words.js";

const PAGE = 100;
const GAP_MS = 1500;
const LATE_MS = 1500;
const FINAL_CODES = ["session_closed", "not_found", "bad_text", "bad_frame"];

const room = JSON.parse(document.getElementById("room").textContent);
tellServerNow(room.booking.server_now_ms);

const live = document.getElementById("log-live");
const earlier = document.getElementById("earlier");
const log = new Log(document.getElementById("log-list"), { me: room.me, from: room.last_seq });
const view = new View(document.getElementById("log"), document.getElementById("newer"));
const meter = new Meter(document.getElementById("meter"), room.booking);
const socket = new Socket(() => [{ conv: room.conv, last_seq: log.last }]);
const outbox = new Outbox({ conv: room.conv, send: (frame) => socket.send(frame) });
const composer = new Composer(document.getElementById("composer"), { conv: room.conv, send: write });
const unread = countUnread();

function write(body) {
  const letter = outbox.add(body);
  view.below(() => log.wait(letter), { own: true });
}

// The first lines are there when the page opens; only what comes afterwards is read out.
function opened() {
  live.setAttribute("aria-live", "polite");
  document.getElementById("log").setAttribute("aria-busy", "false");
}

function show(message) {
  const isNew = log.add(message);
  if (!isNew) return;
  if (message.from === room.me) outbox.take(message.cmid);
  else if (message.kind === "text") unread.add();
  // A system line says that the booking moved; its own frame may have been lost with the line.
  if (message.kind === "system" && JSON.parse(message.body).event !== meter.booking.state) askWhereItStands();
}

function arrive(messages) {
  const older = messages.length && messages[0].seq < log.first;
  const add = () => messages.forEach(show);
  if (older) view.above(add);
  else view.below(add, { quiet: live.getAttribute("aria-live") === "off" });
  earlier.hidden = log.first <= 1;
  if (!log.whole) setTimeout(fillGap, GAP_MS);
}

function fillGap() {
  if (!log.whole) socket.send({ t: "sync", conv: room.conv, after: log.last, limit: 200 });
}

function moved(booking) {
  meter.show(booking);
  showGate({ ...room, booking: meter.booking }, composer);
}

let asking = 0;
function askWhereItStands() {
  asking ||= setTimeout(async () => {
    asking = 0;
    const answer = await fetch(room.urls.room, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok && !answer.redirected) moved((await answer.json()).booking);
  }, 300);
}

function refused({ ref, code, retry_after: after }) {
  if (code === "rate_limited") return outbox.later(after);
  if (!ref || !FINAL_CODES.includes(code)) return undefined;
  const letter = outbox.take(ref);
  log.fail(ref, say(code === "session_closed" ? "refusedClosed" : "refused"), code === "session_closed" ? null : () => write(letter.body));
  return code === "session_closed" && askWhereItStands();
}

let welcomed = false;
socket.addEventListener("welcome", ({ detail }) => {
  outbox.start();
  if (welcomed) askWhereItStands();
  welcomed = true;
  const head = detail.heads.find(({ conv }) => conv === room.conv)?.head ?? 0;
  if (log.last >= head) opened();
});
socket.addEventListener("msg", ({ detail }) => {
  if (detail.conv === room.conv) arrive([detail]);
});
socket.addEventListener("page", ({ detail }) => {
  arrive(detail.messages);
  if (log.last < detail.head && detail.messages.at(-1)?.seq >= log.last) fillTo(detail.head);
});
socket.addEventListener("resync", ({ detail }) => fillTo(detail.head));
socket.addEventListener("ack", ({ detail }) => {
  view.below(() => log.settle(detail), { own: true });
  outbox.take(detail.cmid);
});
socket.addEventListener("booking", ({ detail }) => {
  if (detail.booking.id === room.booking.id) moved(detail.booking);
  else if (detail.conv === room.conv && detail.booking.state === "accepted") location.assign(room.urls.room.replace(room.booking.id, detail.booking.id));
});
socket.addEventListener("error", ({ detail }) => refused(detail));
socket.addEventListener("line", ({ detail }) => showLine(detail));

function fillTo(head) {
  if (log.last < head) socket.send({ t: "sync", conv: room.conv, after: log.last, limit: 200 });
}

meter.addEventListener("mark", ({ detail: mark }) => {
  toast(say(mark));
  // The server closes it at this very second; if its word does not come, ask.
  if (mark === "left0") setTimeout(askWhereItStands, LATE_MS);
});
earlier.addEventListener("click", () => {
  const after = Math.max(0, log.first - 1 - PAGE);
  socket.send({ t: "sync", conv: room.conv, after, limit: log.first - 1 - after });
});

outbox.letters.forEach((letter) => log.wait(letter));
leaving();
moved(room.booking);
view.toEnd();
earlier.hidden = log.first <= 1;
setTimeout(opened, 2000);
socket.open();

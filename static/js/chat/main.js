// The chat page: one socket, one talk, one meter. Reads its start from the JSON #room.
import { Bell } from "../bell.js";
import { tellServerNow } from "../clock.js";
import { toast } from "../toast.js";
import { toastsBelow } from "./below.js";
import { SIGNED_OUT } from "./closed.js";
import { Composer } from "./composer.js";
import { armEnding } from "./ending.js";
import { armExtending, closeWhatIsOver, heardOfAsking } from "./extending.js";
import { showGate } from "./gate.js";
import { showLine } from "./line.js";
import { Meter } from "./meter.js";
import { News } from "./news.js";
import { armPausing } from "./pausing.js";
import { Peer } from "./peer.js";
import { Pictures } from "./pictures.js";
import { goTo } from "./place.js";
import { armQuickReplies } from "./quick.js";
import { Socket } from "./socket.js";
import { Standing } from "./standing.js";
import { Talk } from "./talk.js";
import { armTyping } from "./typing.js";
import { countUnread } from "./unread.js";
import { armViewer } from "./viewer.js";
import { Waiting } from "./waiting.js";
import { showStart, showWhen } from "./when.js";
import { say } from "./words.js";

const LATE_MS = 1500;
const TOLD_MS = 5000;

const room = JSON.parse(document.getElementById("room").textContent);
tellServerNow(room.booking.server_now_ms);

const socket = new Socket(() => [talk.resume]);
const talk = new Talk(room, socket);
const meter = new Meter(document.getElementById("meter"), room.booking);
const key = `${room.conv}:${room.me}`;
const composer = new Composer(document.getElementById("composer"), {
  key,
  send: (body) => talk.write({ body }),
  pictures: new Pictures(document.getElementById("composer"), {
    key,
    url: room.urls.pictures,
    send: (picture) => talk.write({ picture }),
  }),
});
const waiting = room.is_client ? null : new Waiting(document.getElementById("waits"), room);
const peer = new Peer(document.getElementById("peer"), room);
const bell = new Bell();
const standing = new Standing(room.urls.room, moved);
const unread = countUnread();
const news = new News(room);

function moved(booking) {
  meter.show(booking);
  waiting?.moved(booking);
  peer.moved(meter.booking);
  showGate(meter.booking, room.current, composer);
  closeWhatIsOver(meter.booking);
  showStart(meter.booking, room.urls.detail);
  showWhen(meter.booking);
}

function heardOf({ conv, booking }) {
  if (booking.id === room.booking.id) return moved(booking);
  // The same two again, in a new booking: the talk goes on there.
  const goesOn = conv === room.conv && booking.state === "accepted";
  return goesOn && location.assign(room.urls.room.replace(room.booking.id, booking.id));
}

function spoken(message) {
  waiting?.heard(message);
  if (message.booking) meter.heard(message);
}

let welcomed = false;
socket.addEventListener("welcome", () => {
  // While the line was gone, the booking may have moved without a word to this page.
  if (welcomed) standing.ask();
  welcomed = true;
});
socket.addEventListener("booking", ({ detail }) => heardOf(detail));
socket.addEventListener("msg", ({ detail }) => detail.conv === room.conv && spoken(detail));
// On this page the acknowledgement stands for what one has written oneself.
socket.addEventListener("ack", ({ detail }) => {
  if (detail.conv === room.conv && detail.booking) spoken({ ...detail, kind: "text", from: room.me });
});
socket.addEventListener("presence", ({ detail }) => peer.hear(detail));
socket.addEventListener("line", ({ detail }) => {
  if (welcomed && detail.is !== "open") peer.forget();
  if (detail.code === SIGNED_OUT) waiting?.stop();
  showLine(detail, meter.booking.state === "live", () => socket.open());
});
talk.addEventListener("spoken", ({ detail }) => {
  unread.add();
  news.spoken(detail);
});
socket.addEventListener("receipt", ({ detail: { conv, user, read } }) => {
  if (conv === room.conv && user === room.me) news.read(read);
});
talk.addEventListener("stepped", ({ detail: event }) => {
  heardOfAsking(event);
  if (event !== meter.booking.state) standing.ask();
});
meter.addEventListener("mark", ({ detail: mark }) => toast(say(mark)));
meter.addEventListener("begins", () => showGate(meter.booking, room.current, composer));
// The server says so within this very second; if its word does not come, ask.
meter.addEventListener("stopped", () => {
  setTimeout(() => meter.booking.state === "live" && standing.ask(), LATE_MS);
});

waiting?.addEventListener("soon", ({ detail: seconds }) => {
  bell.nudge();
  toast(say("waitsSoon", { left: seconds }));
});

// A greeting has its moment, then the talk has its place; what went wrong stays.
setTimeout(() => document.querySelectorAll("#told .notice:not(.bad)").forEach((told) => told.remove()), TOLD_MS);
armViewer();
goTo(room.at);
toastsBelow(document.querySelector(".meter-wrap"));
armEnding();
armExtending();
armPausing(() => standing.ask());
armTyping(room, socket, peer);
armQuickReplies((words) => composer.insert(words));
moved(room.booking);
socket.open();

// The list of talks, which follows what is written while it is open; how many messages are unread stands in the title and
// in the navigation.
import { Socket } from "./chat/socket.js";
import { follow, followLine, refreshSoon, region } from "./region.js";

// How far one has read on another page is written once a second.
const WRITTEN_MS = 1500;
const title = document.title;

function showUnread() {
  const { unread } = region().dataset;
  document.title = unread ? `(${unread}) ${title}` : title;
  const link = document.querySelector(".nav [aria-current=page]");
  const count = link?.querySelector(".count");
  if (count && unread) count.querySelector(".num").textContent = unread;
  else if (count) count.remove();
  else if (unread) link?.append(badge(unread));
}

function badge(unread) {
  const count = document.getElementById("unread-count").content.firstElementChild.cloneNode(true);
  count.querySelector(".num").textContent = unread;
  return count;
}

follow(showUnread);
const socket = new Socket();
let me = null;
for (const type of ["msg", "booking", "welcome"]) socket.addEventListener(type, refreshSoon);
socket.addEventListener("welcome", ({ detail }) => (me = detail.user));
socket.addEventListener("receipt", ({ detail }) => detail.user === me && setTimeout(refreshSoon, WRITTEN_MS));
followLine(socket);
socket.open();
showUnread();

// A booking's page and its bill: refreshed when the socket says that the booking moved. Once accepted, it goes on in
// the chat.
import { Socket } from "./chat/socket.js";
import "./codes.js";
import { sendKept } from "./kept.js";
import { follow, followLine, refresh, region } from "./region.js";

follow((before, after) => {
  if (after.dataset.follow && !before.dataset.follow) location.assign(after.dataset.follow);
});

const socket = new Socket();
socket.addEventListener("booking", ({ detail }) => {
  if (detail.booking.id === region().dataset.booking) moved();
});
// What happened while the line was gone was told to nobody.
socket.addEventListener("welcome", moved);
socket.addEventListener("welcome", () => sendKept({ heard: true }));
followLine(socket);
socket.open();

// Parts of the page that ask for themselves listen for the word.
function moved() {
  refresh();
  window.htmx.trigger(document.body, "booking:moved");
}

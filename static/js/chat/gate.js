// Whether one may write, and if not, what to do instead; and which way out of the booking there is right now.
const OPEN = ["accepted", "live", "paused"];

export function mayWrite({ booking, current }) {
  return current && OPEN.includes(booking.state) && booking.pause_reason !== "client";
}

export function showGate(room, composer) {
  const { state } = room.booking;
  composer.gate(mayWrite(room));
  for (const element of document.querySelectorAll("[data-in]")) {
    element.hidden = !element.dataset.in.split(" ").includes(state);
  }
}

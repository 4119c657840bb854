// Whether one may write, and if not, what to do instead; and which way out of the booking there is right now.
const OPEN = ["accepted", "live", "paused"];

function mayWrite(booking, current) {
  return current && OPEN.includes(booking.state) && booking.pause_reason !== "client";
}

// `current`: the two have no later booking, to which their conversation would belong now.
export function showGate(booking, current, composer) {
  for (const element of document.querySelectorAll("[data-in]")) {
    element.hidden = !element.dataset.in.split(" ").includes(booking.state);
  }
  composer.gate(mayWrite(booking, current), booking.state);
}

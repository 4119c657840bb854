// Whether one may write, and if not, what to do instead; and which way out of the booking there is right now.
import { serverNow } from "../clock.js";
import { nameOf } from "./naming.js";

const MINUTE_MS = 60_000;
const OPEN = ["accepted", "live", "paused"];

function mayWrite({ state, online, pause_reason: reason }, current) {
  const arranges = state === "requested" && !online;
  return current && (arranges || (OPEN.includes(state) && reason !== "client"));
}

// `data-in` names states, a paused one also with its reason: paused_client. `current`: the two have no later booking, to which their conversation would belong now.
export function showGate(booking, current, composer) {
  const names = [booking.state, `${booking.state}_${booking.pause_reason}`];
  for (const element of document.querySelectorAll("[data-in]")) {
    element.hidden = !element.dataset.in.split(" ").some((name) => names.includes(name));
  }
  for (const form of document.querySelectorAll("[data-pauses]")) form.hidden ||= booking.pause_left_ms < MINUTE_MS;
  composer.gate(mayWrite(booking, current), nameOf(booking, serverNow()) === "accepted");
}

// The end of an appointment in the head of its chat: what is paid, and once it is over when it ended.
import { hour } from "../hour.js";

export function showWhen({ online, deadline_ms: deadline, ended_ms: ended }) {
  const until = document.querySelector(".chat-head [data-until]");
  if (until && !online && (ended ?? deadline)) until.textContent = hour(ended ?? deadline);
}

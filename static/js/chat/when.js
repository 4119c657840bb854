// When an appointment begins and ends, in the head of its chat: until when it is paid, and once it is over when it ended.
import { hour } from "../hour.js";
import { dayAndHour } from "./lines.js";

let shown = null;

// What has another start is not talked about on the page of the old one, unless the two meet in person.
export function showStart({ online, starts_ms: start, granted_ms: granted }, detail) {
  const moved = shown !== null && shown !== start;
  shown = start;
  if (!moved) return;
  if (online) location.assign(detail);
  else {
    document.querySelector("#when time").textContent = dayAndHour(start);
    document.querySelector("#when [data-until]").textContent = hour(start + granted);
  }
}

export function showWhen({ online, deadline_ms: deadline, ended_ms: ended }) {
  const until = document.querySelector(".chat-head [data-until]");
  if (until && !online && (ended ?? deadline)) until.textContent = hour(ended ?? deadline);
}

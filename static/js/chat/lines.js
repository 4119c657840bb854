// The lines of a talk as elements: what somebody said, what the booking did, and when.
import { serverNow } from "../clock.js";
import { hour, ZONE } from "../hour.js";
import { withLinks } from "./links.js";
import { thumbnail } from "./thumbnail.js";
import { say } from "./words.js";

const lang = document.documentElement.lang;
const dayOf = new Intl.DateTimeFormat(lang, { month: "long", day: "numeric", timeZone: ZONE });
const keyOf = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });

// A start, as the pages say it: "12月3日 14:00".
export function dayAndHour(at) {
  return `${dayOf.format(at)} ${hour(at)}`;
}

// What no key opens any more says so in place of its words.
export function bubble({ body, picture, unreadable, mine }) {
  const line = element("li", mine ? "msg me" : "msg");
  const said = picture ? thumbnail(picture) : words(unreadable ? say("unreadable") : body);
  line.classList.toggle("picture", Boolean(picture));
  line.append(element("span", "sr", mine ? say("youSaid") : say("otherSaid")), said);
  return line;
}

function words(body) {
  const text = element("p");
  text.dir = "auto";
  text.append(withLinks(body));
  return text;
}

// `before` is the event of the system line before it: a clock that stood goes on, one that never ran starts.
export function systemLine({ body }, before) {
  const { event, reason, minutes, starts_ms: start } = JSON.parse(body);
  const name = event === "live" && before === "paused" ? "resumed" : event;
  const places = { minutes, when: start && dayAndHour(start) };
  const words = say(`sys_${reason ? `${name}_${reason}` : name}`, places) || say(`sys_${name}`, places);
  const line = element("li", "sys", words);
  // What was paid on top changes nothing about whether the clock stood before.
  if (!event.startsWith("exten")) line.dataset.event = event;
  line.hidden = !words;
  return line;
}

// The line between two moments that are far apart, or null.
export function divider(at, before) {
  if (before === null || keyOf.format(at) !== keyOf.format(before)) {
    const line = element("li", "sys day");
    line.append(element("span", "", `${dayName(at)} ${hour(at)}`));
    return line;
  }
  return at - before > 5 * 60_000 ? element("li", "sys", hour(at)) : null;
}

function dayName(at) {
  return keyOf.format(at) === keyOf.format(serverNow()) ? say("today") : dayOf.format(at);
}

export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

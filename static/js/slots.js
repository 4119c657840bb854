// The slot picker. Times are Beijing's; for a reader whose clock shows another time his own stands below each.
const BEIJING = "Asia/Shanghai";
const language = document.documentElement.lang;
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = { weekday: "short" };

function format(moment, timeZone, options) {
  return new Intl.DateTimeFormat(language, { timeZone, ...options }).format(moment);
}

// The reader's own time, with the weekday if his is another one; nothing when his clock shows what Beijing's does.
function elsewhere(moment) {
  const [clock, day] = [CLOCK, DAY].map((options) => format(moment, own, options));
  if (day !== format(moment, BEIJING, DAY)) return `${day} ${clock}`;
  return clock === format(moment, BEIJING, CLOCK) ? "" : clock;
}

function show(picker) {
  let differs = false;
  for (const time of picker.querySelectorAll("time[data-slot]")) {
    const here = elsewhere(new Date(time.dateTime));
    if (!here) continue;
    differs = true;
    const below = time.closest(".tile").querySelector("[data-elsewhere]");
    below.textContent = here;
    below.hidden = false;
  }
  const note = picker.querySelector("[data-zone-note]");
  if (differs && note) {
    note.textContent = note.dataset.zoneNote.replace("{zone}", own);
    note.hidden = false;
  }
  bringIntoView(picker.querySelector(".slot-days [aria-current]"));
}

// Only the strip scrolls, never the page.
function bringIntoView(day) {
  if (!day) return;
  const strip = day.parentElement;
  strip.scrollLeft = day.offsetLeft - (strip.clientWidth - day.clientWidth) / 2;
}

function showAll(root) {
  if (root.matches?.("[data-slots]")) show(root);
  for (const picker of root.querySelectorAll("[data-slots]")) show(picker);
}

showAll(document);
document.addEventListener("htmx:load", (event) => showAll(event.target));

// The slot picker. Times are Beijing's; for a reader whose clock shows another time his own stands below each.
const BEIJING = "Asia/Shanghai";
const language = document.documentElement.lang;
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

function format(moment, timeZone, options) {
  return new Intl.DateTimeFormat(language, { timeZone, ...options }).format(moment);
}

const CLOCK = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

function show(picker) {
  let differs = false;
  for (const time of picker.querySelectorAll("time[data-slot]")) {
    const moment = new Date(time.dateTime);
    const here = format(moment, own, CLOCK);
    if (here === format(moment, BEIJING, CLOCK)) continue;
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

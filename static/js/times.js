// The browser's zone is only said, never assumed: times on the page stay Asia/Shanghai unless they ask for the reader's own.
// <time data-local datetime="…">: shown in the reader's zone.
const shown = new Intl.DateTimeFormat(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-local]")) time.textContent = shown.format(new Date(time.dateTime));
}

localise(document);
document.addEventListener("htmx:load", (event) => localise(event.target));

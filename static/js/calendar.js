// The companion's calendar: says "next day" while the times are typed, and copies the secret address.
import { toast } from "./toast.js";

document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-hours]");
  if (!row) return;
  const [start, end] = row.querySelectorAll("input");
  row.querySelector("[data-next-day]").hidden = !(start.value && end.value && end.value <= start.value);
});

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
    toast(button.dataset.done);
  });
}

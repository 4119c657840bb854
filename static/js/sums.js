// A button that takes money names the sum of what is chosen: data-sum (and data-minutes) on each choice, on the words
// data-choice="… {sum} … {minutes}" or an empty [data-sum-here]. The title of a dialog says the same.
function show(form) {
  const chosen = form.querySelector("input[data-sum]:checked, [data-slots][data-sum]");
  if (!chosen) return;
  const { sum, minutes = "" } = chosen.dataset;
  for (const words of (form.closest("dialog, main") ?? form).querySelectorAll("[data-choice]")) {
    words.textContent = words.dataset.choice.replace("{sum}", sum).replace("{minutes}", minutes);
  }
  for (const here of form.querySelectorAll("[data-sum-here]")) {
    here.textContent = sum;
    here.hidden = false;
  }
}

function showAll(root) {
  const own = root.closest?.("form");
  for (const form of own ? [own] : root.querySelectorAll("form")) show(form);
}

document.addEventListener("change", ({ target }) => target.form && show(target.form));
document.addEventListener("htmx:load", ({ target }) => showAll(target));
// Back from the payment page the browser may have kept another choice.
window.addEventListener("pageshow", () => showAll(document));
showAll(document);

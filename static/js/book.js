// The book box: the button says what the chosen length costs. Another length is another order, so it gets another key.
import { uuid } from "./uuid.js";

for (const form of document.querySelectorAll("form[data-book]")) {
  const here = form.querySelector("[data-sum-here]");
  const show = () => {
    here.textContent = form.querySelector("input[name=minutes]:checked").dataset.sum;
    here.hidden = false;
  };
  form.addEventListener("change", () => {
    form.elements.request_key.value = uuid();
    show();
  });
  // Back from the payment page the browser may have kept another choice.
  window.addEventListener("pageshow", show);
  show();
}

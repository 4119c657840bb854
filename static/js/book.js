// The book box: another length is another order, so it gets another key; another card is not. What the button says is sums.js' part.
import { uuid } from "./uuid.js";

for (const form of document.querySelectorAll("form[data-book]")) {
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "with_card") form.elements.request_key.value = uuid();
  });
}

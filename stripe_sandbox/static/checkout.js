// Comfort for the payment page; everything here also works without it.

const form = document.querySelector("form.pay");
const number = document.getElementById("number");
const expiry = document.getElementById("expiry");

// "4242424242424242" to "4242 4242 4242 4242", keeping the caret after the digit it stood behind.
function group(input) {
  const before = input.value.slice(0, input.selectionStart).replace(/\D/g, "").length;
  input.value = input.value.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
  let at = 0;
  for (let seen = 0; seen < before; at++) if (/\d/.test(input.value[at])) seen++;
  input.setSelectionRange(at, at);
}

function split(input, typed) {
  const digits = input.value.replace(/\D/g, "").slice(0, 4);
  if (!typed || typed.startsWith("delete")) return;
  input.value = digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

number?.addEventListener("input", () => group(number));
expiry?.addEventListener("input", (event) => split(expiry, event.inputType));

for (const hint of document.querySelectorAll("a[data-card]")) {
  hint.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("method-card").checked = true;
    number.value = hint.dataset.card;
    expiry.value = hint.dataset.expiry;
    document.getElementById("cvc").value = hint.dataset.cvc;
    for (const one of document.querySelectorAll("a[data-card]")) one.classList.toggle("on", one === hint);
    const go = form.querySelector("button.go");
    go.scrollIntoView({ block: "nearest" });
    go.focus({ preventScroll: true });
  });
}

// A second tap must not send the form twice. The page may come back from the browser's cache: then it is free again.
form?.addEventListener("submit", (event) => {
  const go = form.querySelector("button.go");
  if (go.getAttribute("aria-disabled") === "true") return event.preventDefault();
  go.dataset.pay = go.textContent;
  go.textContent = go.dataset.paying;
  go.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", (event) => {
  const go = form?.querySelector("button.go");
  if (!event.persisted || !go?.dataset.pay) return;
  go.textContent = go.dataset.pay;
  go.removeAttribute("aria-disabled");
});

// mm:ss once less than an hour is left; before that the clock time from the server says enough.
const until = document.querySelector("[data-seconds-left]");
if (until) {
  const end = performance.now() + Number(until.dataset.secondsLeft) * 1000;
  const show = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) until.textContent = until.dataset.over;
    else if (left < 3600) {
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      until.textContent = until.dataset.left.replace("{left}", clock);
    }
    if (left > 0) setTimeout(show, 1000);
  };
  show();
}

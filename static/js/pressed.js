// Nothing that follows the server by itself is replaced under the finger: the tap would be lost. It asks again soon.
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (target.matches?.("[hx-trigger*=every]:active")) detail.shouldSwap = false;
});

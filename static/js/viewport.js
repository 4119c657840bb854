// iOS lays the keyboard over the page instead of shrinking it: tell the chat how much can really be seen.
const view = window.visualViewport;

if (view && document.body.classList.contains("page-chat")) {
  const fit = () => {
    document.documentElement.style.setProperty("--seen", `${Math.round(view.height)}px`);
    window.scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}

// iOS lays the keyboard over the page instead of shrinking it: tell the chat how much can really be seen, and that little
// can. What is zoomed into is as large as before.
const SHORT_PX = 520;
const view = window.visualViewport;

if (view && document.body.classList.contains("page-chat")) {
  const { style, classList } = document.documentElement;
  const fit = () => {
    const seen = Math.round(view.height * view.scale);
    style.setProperty("--seen", `${seen}px`);
    classList.toggle("short", seen < SHORT_PX);
    window.scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}

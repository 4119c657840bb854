// What came while another tab was in front, in the title.
export function countUnread() {
  const title = document.title;
  let count = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !count) return;
    count = 0;
    document.title = title;
  });
  return {
    add() {
      if (!document.hidden) return;
      count += 1;
      document.title = `(${count}) ${title}`;
    },
  };
}

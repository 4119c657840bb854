// Charts of the columns of tables that are on the page: <canvas data-table="id" data-column="name">. The table's <th>
// with that data-column says which cells, data-unit how much of their number is one on the axis, and data-sign how the
// axis writes it; each cell's data-value is the number, its text what people read.
// An element around the charts says in data-library where the library is, which is loaded once the browser has nothing
// else to do: whoever prints the page, or takes a picture of all of it, never scrolls to them. It draws in the colours of
// the page.

const IDLE_MS = 2000;
const QUICK_MS = 180;
const MOST_LABELS = 6;

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const drawn = new Map();

function columnOf(canvas) {
  const table = document.getElementById(canvas.dataset.table);
  const heads = [...table.tHead.rows[0].cells];
  const index = heads.findIndex((head) => head.dataset.column === canvas.dataset.column);
  const { unit = 1, sign = "{number}" } = heads[index].dataset;
  // The newest stands first in the table and last in the chart.
  const points = [...table.tBodies[0].rows].reverse().map(({ cells }) => ({
    label: cells[0].textContent.trim(),
    text: cells[index].textContent.trim(),
    value: cells[index].dataset.value === "" ? null : Number(cells[index].dataset.value) / unit,
  }));
  return { points, sign };
}

function colour(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

function optionsOf({ points, sign }) {
  const ink = colour("--ink-soft");
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: still.matches ? false : { duration: QUICK_MS },
    plugins: {
      legend: { display: false },
      tooltip: { displayColors: false, callbacks: { label: ({ dataIndex }) => points[dataIndex].text } },
    },
    scales: {
      x: {
        grid: { display: false },
        ticks: { color: ink, maxRotation: 0, autoSkip: true, maxTicksLimit: MOST_LABELS, font: { size: 14 } },
      },
      y: {
        beginAtZero: true,
        border: { display: false },
        grid: { color: colour("--line") },
        ticks: { color: ink, maxTicksLimit: 5, precision: 0, font: { size: 14 }, callback: (number) => sign.replace("{number}", number) },
      },
    },
  };
}

function draw(canvas) {
  drawn.get(canvas)?.destroy();
  const column = columnOf(canvas);
  const { points } = column;
  const bars = { data: points.map(({ value }) => value), backgroundColor: colour("--lamp"), borderRadius: 3 };
  const chart = new window.Chart(canvas, {
    type: "bar",
    data: { labels: points.map(({ label }) => label), datasets: [bars] },
    options: optionsOf(column),
  });
  drawn.set(canvas, chart);
}

// A chart of nothing but zeros says less than its table.
function hasSomething(canvas) {
  return columnOf(canvas).points.some(({ value }) => value);
}

// Safari knows no idle time.
function whenIdle(work) {
  window.requestIdleCallback ? requestIdleCallback(work, { timeout: IDLE_MS }) : setTimeout(work);
}

async function begin(section, canvases) {
  try {
    await import(section.dataset.library);
  } catch {
    // The tables say it all.
    canvases.forEach((canvas) => (canvas.closest("figure").hidden = true));
    return;
  }
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  canvases.filter((canvas) => canvas.isConnected).forEach(draw);
}

dark.addEventListener("change", () => [...drawn.keys()].forEach(draw));

function watch() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
  const section = document.querySelector("[data-library]");
  const canvases = [...section.querySelectorAll("canvas")].filter(hasSomething);
  canvases.forEach((canvas) => (canvas.closest("figure").hidden = false));
  if (canvases.length) whenIdle(() => begin(section, canvases));
}

document.addEventListener("income:new", watch);
watch();

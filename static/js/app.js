// What every page gets. Each part listens on the document, so content that htmx brings in needs no set-up.
import "./once.js";
import "./dialog.js";
import "./countdown.js";
import "./viewport.js";
import "./submit.js";
import "./times.js";
import "./network.js";
import "./pressed.js";
import "./slots.js";
import "./sums.js";

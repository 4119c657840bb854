// Ending from the dialog: asked for without leaving the page, so that a failure is told where one is.
import { toast } from "../toast.js";
import { post, release } from "./post.js";
import { say } from "./words.js";

export function armEnding() {
  const form = document.getElementById("end-form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(form);
    if (answer === undefined) return undefined;
    if (answer?.receipt) return leave(answer.receipt);
    release(form);
    form.closest("dialog").close();
    return toast(answer?.message ?? say("notEnded"));
  });
}

// With nothing to write with: what was on its way to it is not asked about.
function leave(receipt) {
  document.getElementById("composer").hidden = true;
  location.assign(receipt);
}

// The client's own pause and its end. What the clock does then comes from the server, `asks` fetches it in case the
// socket is silent.
import { toast } from "../toast.js";
import { post, release } from "./post.js";
import { say } from "./words.js";

export function armPausing(asks) {
  for (const form of document.querySelectorAll("form.turn")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await post(form);
      if (answer === undefined) return;
      release(form);
      if (!answer?.ok) toast(answer?.message ?? say("notPaused"));
      asks();
    });
  }
}

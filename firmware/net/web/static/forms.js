// Forms with data-form are sent without leaving the page; what came of it is said, and the page brought up to date.
// Without this they work as well: the answer leads back to the page.

import { refresh } from "./live.js";

const saying = document.getElementById("saying");
let hush = null;

/** Say something to everybody who looks or listens. */
export function say(message, good = true) {
  clearTimeout(hush);
  saying.textContent = message;
  saying.classList.toggle("bad", !good);
  if (good) hush = setTimeout(() => { saying.textContent = ""; }, 8000);
}

/** Send fields to where a form would: whether it was done. */
export async function send(action, fields) {
  try {
    const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 426) { location.assign("/login"); return false; }
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) {
      say((await answer.text()).trim() || answer.statusText, answer.ok);
      return answer.ok;
    }
    const told = await answer.json();
    if (told.next) { location.assign(told.next); return told.good; }
    say(told.message, told.good);
    return told.good;
  } catch {
    say(document.documentElement.dataset.away ?? "The printer does not answer.", false);
    return false;
  } finally {
    refresh();
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-form]")) return;
  event.preventDefault();
  const fields = new FormData(form);
  if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
  const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  if (await send(action, fields)) {
    for (const secret of form.querySelectorAll("input[type=password]")) secret.value = "";
  }
});

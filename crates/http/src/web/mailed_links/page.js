// What the pages have in common. Each has sections, of which one is seen at a time, and forms that are sent as JSON.
//
// A token is sent when somebody presses the button, never before: programs that look for harm in mails open links too.

"use strict";

const UNREACHABLE = "The service cannot be reached. Please try again.";
const UNCLEAR = "Something went wrong. Please try again.";

function show(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
  document.querySelector(`#${id} [data-focus]`).focus();
}

/** Takes the token out of the address, so that it stays in no history, on no screen and in no copied link. */
function begin() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname + location.search);
  document.querySelector("#use form").elements.token.value = token ?? "";
  show(token ? "use" : "bad");
}

/** What is wrong with the form's only field, in sentences; or what the problem says of itself (RFC 9457). */
function told({ errors = [], detail = UNCLEAR }) {
  const sentences = errors.map((fault) => `It ${fault.detail}${fault.detail.endsWith(".") ? "" : "."}`);
  return sentences.join(" ") || detail;
}

/** Sends what was filled in; gives the section that comes next, or what is wrong. */
async function send(form) {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(form.action, { method: "POST", headers, body });
    if (answer.ok) return { next: form.dataset.then };
    const problem = await answer.json().catch(() => ({}));
    const spent = problem.errors?.some(({ pointer }) => pointer === "/token");
    return spent ? { next: "bad" } : { fault: told(problem) };
  } catch {
    return { fault: UNREACHABLE };
  }
}

for (const form of document.forms) {
  const complaint = form.querySelector(".fault");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    complaint.textContent = "";
    button.disabled = true;
    const { next, fault } = await send(form);
    button.disabled = false;
    if (next) {
      form.reset();
      show(next);
    } else {
      complaint.textContent = fault;
      form.querySelector("input:not([type=hidden]), button").focus();
    }
  });
}

for (const box of document.querySelectorAll("[data-reveals]")) {
  const field = document.getElementById(box.dataset.reveals);
  box.addEventListener("change", () => (field.type = box.checked ? "text" : "password"));
  // What is sent as a field of text, a browser may keep and offer to others.
  field.form.addEventListener("submit", () => {
    box.checked = false;
    field.type = "password";
  });
}

// Another link may be opened where this one is.
addEventListener("hashchange", () => location.hash && begin());
begin();

// Shared by the pages. Each page has sections, of which one is visible at a time, and forms that are sent as JSON.
//
// The token is sent when the user presses the button, never on load: mail scanners open links too.

"use strict";

const UNREACHABLE = "The service cannot be reached. Please try again.";
const UNCLEAR = "Something went wrong. Please try again.";

function show(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
  document.querySelector(`#${id} [data-focus]`).focus();
}

/** Removes the token from the address, so that it does not stay in the history, on the screen or in a copied link. */
function begin() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname + location.search);
  document.querySelector("#use form").elements.token.value = token ?? "";
  show(token ? "use" : "bad");
}

/** Describes the faults of the form's only field, or the problem itself (RFC 9457). */
function describe({ errors = [], detail = UNCLEAR }) {
  const sentences = errors.map((fault) => `It ${fault.detail}${fault.detail.endsWith(".") ? "" : "."}`);
  return sentences.join(" ") || detail;
}

/** Submits the form; returns the section to show next, or a fault. */
async function send(form) {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch(form.action, { method: "POST", headers, body });
    if (answer.ok) return { next: form.dataset.then };
    const problem = await answer.json().catch(() => ({}));
    const spent = problem.errors?.some(({ pointer }) => pointer === "/token");
    return spent ? { next: "bad" } : { fault: describe(problem) };
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
  // Browsers may store values of text fields and suggest them to others.
  field.form.addEventListener("submit", () => {
    box.checked = false;
    field.type = "password";
  });
}

// Another link may be opened in the same tab.
addEventListener("hashchange", () => location.hash && begin());
begin();

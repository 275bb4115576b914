// The browser session: a cookie that scripts cannot read continues it, and this page has a short access token in memory only.

import { mailedForm } from "../page";
import { Store } from "../store";
import { SESSION, TOKEN } from "./entry";
import { ApiError, readProblem, Unreachable } from "./problem";

export type SessionState = "unknown" | "signed-in" | "signed-out" | "ended";

export const session = new Store<SessionState>("unknown");

/** A token is renewed this long before it expires, in milliseconds, or at half of its lifetime. */
const MARGIN = 30_000;

let token: { value: string; until: number } | undefined;
let renewal: Promise<string | undefined> | undefined;

/** Tells the other tabs when somebody signs in or out: what they show may be another user's. */
const tabs = new BroadcastChannel("console");
tabs.addEventListener("message", () => mailedForm || location.reload());

/** An access token; `undefined` if nobody is signed in. */
export async function accessToken(): Promise<string | undefined> {
  if (token && token.until > Date.now()) return token.value;
  if (session.get() === "signed-out" || session.get() === "ended") return undefined;
  return renew();
}

/** Forgets the access token, because the API has refused it. */
export function forgetToken(): void {
  token = undefined;
}

/** Continues the session of the cookie. Tabs take turns, so that each refreshes with the cookie that the last one got. */
export function renew(): Promise<string | undefined> {
  renewal ??= inTurn(async () => {
    const response = await post(TOKEN);
    if (response.status === 401) {
      session.set(session.get() === "signed-in" ? "ended" : "signed-out");
      return undefined;
    }
    return keep(await answerOf(response));
  }).finally(() => (renewal = undefined));
  return renewal;
}

/** Signs in with the fields of the form of tokens. */
export async function signIn(fields: Record<string, string>): Promise<void> {
  keep(await answerOf(await post(SESSION, new URLSearchParams(fields))));
  tabs.postMessage("signed-in");
}

export async function signOut(): Promise<void> {
  const response = await fetch(SESSION, { method: "DELETE" }).catch(() => {
    throw new Unreachable();
  });
  if (!response.ok) throw new ApiError(await readProblem(response));
  token = undefined;
  session.set("signed-out");
  tabs.postMessage("signed-out");
}

interface TokenAnswer {
  access_token: string;
  expires_in: number;
}

function keep(answer: TokenAnswer): string {
  const lifetime = answer.expires_in * 1000;
  token = { value: answer.access_token, until: Date.now() + lifetime - Math.min(MARGIN, lifetime / 2) };
  session.set("signed-in");
  return token.value;
}

async function answerOf(response: Response): Promise<TokenAnswer> {
  if (!response.ok) throw new ApiError(await readProblem(response));
  return response.json();
}

async function post(url: URL, body?: URLSearchParams): Promise<Response> {
  return fetch(url, { method: "POST", body }).catch(() => {
    throw new Unreachable();
  });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  // Locks exist only in secure contexts. Without them, the service returns the same token to all tabs for ten seconds.
  return navigator.locks ? navigator.locks.request("console-token", work) : work();
}

// The browser session: a cookie that scripts cannot read continues it, and this page has a short access token in memory only.

import { mailedForm } from "../page";
import { whenSaved } from "../shown_once";
import { Store } from "../store";
import { SESSION, TOKEN } from "./entry";
import { ApiError, readProblem, Unreachable } from "./problem";

export type SessionState = "unknown" | "signed-in" | "signed-out" | "ended";

export const session = new Store<SessionState>("unknown");

/** A token is renewed this long before it expires, in milliseconds, or at half of its lifetime. */
const MARGIN = 30_000;

/** A request without an answer fails after this time, in milliseconds: other tabs may be waiting for it. */
const TIMEOUT = 30_000;

let token: { value: string; until: number } | undefined;
let renewal: Promise<string | undefined> | undefined;

/**
 * Tells the other tabs when somebody signs in or out: what they show may be another user's. Channels and locks belong to the host,
 * which may have other services, so their names are paths of this one.
 */
const tabs = new BroadcastChannel(SESSION.pathname);
tabs.addEventListener("message", () => {
  if (mailedForm) return;
  // What is shown once stays until it is saved. All else of the user goes at once.
  token = undefined;
  session.set("signed-out");
  whenSaved(() => location.reload());
});

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
    const before = session.get();
    const response = await ask("POST", TOKEN);
    // Somebody has signed out in another tab meanwhile.
    if (session.get() !== before) return undefined;
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
  keep(await answerOf(await ask("POST", SESSION, { body: new URLSearchParams(fields) })));
  tabs.postMessage("signed-in");
}

/** Ends the session of the cookie, and that of the access token: the cookie may be that of another session, or be missing. */
export async function signOut(): Promise<void> {
  const headers = token && { Authorization: `Bearer ${token.value}` };
  const response = await ask("DELETE", SESSION, { headers });
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
  return response.json().catch(fail);
}

function ask(method: string, url: URL, more: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...more, method, signal: AbortSignal.timeout(TIMEOUT) }).catch(fail);
}

function fail(): never {
  throw new Unreachable();
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  // Locks exist only in secure contexts. Without them, the service returns the same token to all tabs for ten seconds.
  return navigator.locks ? navigator.locks.request(TOKEN.pathname, work) : work();
}

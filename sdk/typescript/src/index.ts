/** A client of usher: every operation of the API, with its types, through `fetch`. */

import createClient, { type Client } from "openapi-fetch";
import type {
  ApiKeyPage,
  AuditEventPage,
  FactorPage,
  OAuthError,
  paths,
  Problem,
  RolePage,
  SessionPage,
  UserPage,
} from "./schema.js";

export type * from "./schema.js";

/** A service. `usher.GET`, `usher.POST` and so on take the paths of the API, with the types of each request and response. */
export type Usher = Client<paths>;

/** The response of an operation: its representation, or the error. */
export type Answer<T> =
  | { data: T; error?: never; response: Response }
  | { data?: never; error: Problem | OAuthError; response: Response };

/** A page of one of the lists. */
export type Page = UserPage | SessionPage | ApiKeyPage | FactorPage | RolePage | AuditEventPage;

/** The reason why the service refused a request. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly reason: Problem | OAuthError;

  constructor(status: number, reason: Problem | OAuthError) {
    super("error" in reason ? reason.error_description : reason.detail);
    this.status = status;
    this.reason = reason;
  }

  /** The error of a sign-in, of which `mfa_required` has `mfa_token` and `mfa_methods`; undefined if this is a problem. */
  get oauth(): OAuthError | undefined {
    return "error" in this.reason ? this.reason : undefined;
  }

  /** The stable code, for programs: that of the problem, or of the OAuth error. */
  get code(): string {
    return "error" in this.reason ? this.reason.error : this.reason.code;
  }
}

/** The header fields for the OAuth operations, which take forms. */
export const form = { "content-type": "application/x-www-form-urlencoded" } as const;

/** The service at this URL, called with the current access token, if there is one. */
export function connect(baseUrl: string, accessToken: () => string | undefined = () => undefined): Usher {
  const usher = createClient<paths>({ baseUrl });
  usher.use({
    onRequest({ request }) {
      const token = accessToken();
      if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`);
    },
  });
  return usher;
}

/** The requested representation; throws a {@link Refusal} if the request failed. */
export function granted<T>(answer: Answer<T>): T {
  if (answer.error !== undefined) throw new Refusal(answer.response.status, answer.error);
  return answer.data;
}

/** The requested page and all that follow, through their `next` links. */
export async function* pages<P extends Page>(usher: Usher, answer: Answer<P>): AsyncGenerator<P, void, void> {
  for (;;) {
    const page = granted(answer);
    yield page;
    if (page._links.next === undefined) return;
    // Links are resolved against the URL of the response.
    const { origin, pathname, search } = new URL(page._links.next.href, answer.response.url);
    // The types know only the paths of the document. A link of a page always leads to a page of the same list.
    const path = `${pathname}${search}` as "/v1/users";
    answer = (await usher.GET(path, { baseUrl: origin })) as unknown as Answer<P>;
  }
}

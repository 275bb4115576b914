// Sends requests to the API.

import { t } from "../text/text";
import { FORM, HAL_FORMS } from "./entry";
import type { Resource } from "./hal";
import { ApiError, readProblem, Unreachable } from "./problem";
import { repeated } from "./repeated";
import { accessToken, forgetToken } from "./session";

export interface Answer {
  status: number;
  resource: Resource;
  etag?: string;
  /** Where what was created is: a path, and a query if there is one. */
  location?: string;
  /** The name of the file, if the answer is one to be saved, and its content. */
  file?: { name: string; content: Blob };
}

interface Options {
  body?: Record<string, unknown>;
  contentType?: string;
  /** The version that the request is about. */
  etag?: string;
  signal?: AbortSignal;
}

export function get(href: string, signal?: AbortSignal): Promise<Answer> {
  return send("GET", href, { signal });
}

/** Sends a request. While the service is away, one that only reads is repeated; before any other, only continuing the session is. */
export async function send(method: string, href: string, options: Options = {}): Promise<Answer> {
  if (method === "GET") return repeated(() => once(method, href, options), options.signal);
  await repeated(accessToken, options.signal);
  return once(method, href, options);
}

async function once(method: string, href: string, options: Options): Promise<Answer> {
  const sent = await fetchWithToken(method, href, options);
  let { response } = sent;
  if (response.status === 401 && sent.token) {
    const problem = await readProblem(response);
    if (problem.code !== "invalid_token") throw new ApiError(problem);
    forgetToken();
    response = (await fetchWithToken(method, href, options)).response;
  }
  if (!response.ok) throw new ApiError(await readProblem(response));
  return read(response);
}

async function fetchWithToken(method: string, href: string, { body, contentType, etag, signal }: Options) {
  const token = await accessToken();
  const headers: Record<string, string> = { Accept: HAL_FORMS };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (etag) headers["If-Match"] = etag;
  let content: BodyInit | undefined;
  if (body && contentType === FORM) {
    content = new URLSearchParams(body as Record<string, string>);
  } else if (body) {
    headers["Content-Type"] = contentType ?? "application/json";
    content = JSON.stringify(body);
  }
  const url = sameOrigin(href);
  const response = await fetch(url, { method, headers, body: content, signal, credentials: "omit" }).catch((error) => {
    throw signal?.aborted ? error : new Unreachable();
  });
  return { response, token };
}

/** A link or an address of this page never leads a token to another origin. */
function sameOrigin(href: string): URL {
  const url = new URL(href, location.origin);
  if (url.origin !== location.origin)
    throw new ApiError({ status: 0, code: "foreign", detail: t("error.not_found"), faults: [] });
  return url;
}

async function read(response: Response): Promise<Answer> {
  const answer: Answer = {
    status: response.status,
    resource: {},
    etag: response.headers.get("ETag") ?? undefined,
    location: placeOf(response.headers.get("Location")),
  };
  const attachment = /^attachment; filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  if (attachment) {
    answer.file = { name: attachment[1]!, content: await response.blob().catch(interrupted) };
  } else if (response.headers.get("Content-Type")?.includes("json")) {
    answer.resource = await response.json().catch(interrupted);
  } else if (response.headers.get("Content-Type")) {
    throw new ApiError({ status: 404, code: "not_found", detail: t("error.not_found"), faults: [] });
  }
  return answer;
}

function placeOf(location: string | null): string | undefined {
  if (location === null) return undefined;
  const { pathname, search } = new URL(location, window.location.origin);
  return pathname + search;
}

/** The connection has ended before the answer. */
function interrupted(): never {
  throw new Unreachable();
}

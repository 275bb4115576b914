// Errors of the API: problem documents (RFC 9457) and OAuth errors (RFC 6749).

import { faultText, memberText, problemText, t } from "../text/text";

export interface Fault {
  pointer: string;
  code: string;
  detail: string;
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  faults: Fault[];
  /** Seconds to wait before the next attempt. */
  retryAfter?: number;
  /** Of a sign-in that waits for its second step. */
  mfa?: { token: string; methods: string[] };
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** The service could not be reached. */
export class Unreachable extends Error {}

export async function readProblem(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  return {
    status: response.status,
    code: body.code ?? body.error ?? String(response.status),
    detail: body.detail ?? body.error_description ?? t("error.unclear"),
    faults: body.errors ?? [],
    retryAfter,
    mfa: body.mfa_token && { token: body.mfa_token, methods: body.mfa_methods ?? [] },
  };
}

/** The name of the field that a fault is about. */
export function fieldOf(fault: Fault): string {
  return fault.pointer.split("/")[1] ?? "";
}

/** What to tell a person about any error. */
export function describe(error: unknown): string {
  if (error instanceof ApiError) return error.problem.faults.map(named).join(" ") || problemText(error.problem);
  if (error instanceof Unreachable) return t("error.unreachable");
  console.error(error);
  return t("error.unclear");
}

/** What is wrong, with the name of the field. */
function named(fault: Fault): string {
  const field = fieldOf(fault);
  return field ? `${memberText(field)}: ${faultText(fault)}` : faultText(fault);
}

/** The faults of an error, by the names of their fields. */
export function faultsByField(error: unknown): Map<string, string> {
  const faults = new Map<string, string>();
  if (!(error instanceof ApiError)) return faults;
  // A conflict such as `username_taken` is about a field too.
  const taken = /^(\w+)_taken$/.exec(error.problem.code)?.[1];
  if (taken) faults.set(taken, problemText(error.problem));
  for (const fault of error.problem.faults) {
    const text = faultText(fault);
    const earlier = faults.get(fieldOf(fault));
    faults.set(fieldOf(fault), earlier ? `${earlier} ${text}` : text);
  }
  return faults;
}

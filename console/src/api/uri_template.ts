// URI templates (RFC 6570), as far as links to lists use them: `{?a,b}` at the end.

const QUERY = /\{\?([^}]*)\}$/;

export function variables(template: string): string[] {
  return QUERY.exec(template)?.[1]?.split(",") ?? [];
}

/** The URL with the values that are not empty. */
export function expand(template: string, values: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const name of variables(template)) {
    if (values[name]) query.set(name, values[name]);
  }
  const text = query.toString();
  return template.replace(QUERY, text && `?${text}`);
}

/** The values in the query of a URL. */
export function valuesOf(href: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(href.split("?")[1] ?? ""));
}

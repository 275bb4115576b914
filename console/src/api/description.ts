// The description of the API (OpenAPI), which the entry links to. It says which values the filters of a list take.

import { get } from "./client";
import { ENTRY } from "./entry";

interface Schema {
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  enum?: string[];
  maximum?: number;
  examples?: string[];
}

/** A filter of a list. */
export interface Filter {
  name: string;
  description?: string;
  /** The values that it takes. */
  values?: string[];
  /** A value that it takes, among others. */
  example?: string;
  format?: string;
  maximum?: number;
}

interface Document {
  paths: Record<
    string,
    { get?: { parameters?: { name: string; in: string; description?: string; schema: Schema }[] } }
  >;
  components: { schemas: Record<string, Schema> };
}

let loading: Promise<Document | undefined> | undefined;

function load(): Promise<Document | undefined> {
  loading ??= get(ENTRY)
    .then(({ resource }) => resource._links?.["service-desc"])
    .then((link) => link && get(link.href).then(({ resource }) => resource as unknown as Document))
    .catch(() => (loading = undefined));
  return loading;
}

/** The filters of the list that this URI template leads to. */
export async function filtersOf(template: string): Promise<Filter[]> {
  const document = await load();
  const path = template.replace(/\{\?.*/, "");
  const entry = Object.entries(document?.paths ?? {}).find(([pattern]) => matches(pattern, path));
  const parameters = entry?.[1].get?.parameters ?? [];
  return parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, description, schema }) => {
      const resolved = resolve(document!, schema);
      return { name, description, ...valuesOf(resolved), format: resolved.format, maximum: resolved.maximum };
    });
}

/** The values of a list that is closed, or the examples: of a list that may grow, they are the values of this release. */
function valuesOf({ enum: closed, examples = [] }: Schema): Pick<Filter, "values" | "example"> {
  return { values: closed ?? (examples.length > 1 ? examples : undefined), example: examples[0] };
}

/** Whether the path is one of the pattern, behind any prefix. */
function matches(pattern: string, path: string): boolean {
  const expression = pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+");
  return new RegExp(`${expression}$`).test(path) && path.split("/").length >= pattern.split("/").length;
}

function resolve(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return (name && document.components.schemas[name]) || schema;
}

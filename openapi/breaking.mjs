// Finds changes of an OpenAPI document that break clients of an earlier one.
//
// A valid request must stay valid, so accepted input may only grow. A response must stay as it was documented, so responses may only
// become more specific. Every change that is not known to be harmless counts as breaking.

/** Keywords that do not affect messages. */
const WORDS = new Set(["description", "summary", "title", "example", "examples", "deprecated", "discriminator"]);

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];

/** Limits of values, and the value of a missing limit. */
const LOWER = { minimum: -Infinity, exclusiveMinimum: -Infinity, minLength: 0, minItems: 0, minProperties: 0 };
const UPPER = { maximum: Infinity, exclusiveMaximum: Infinity, maxLength: Infinity, maxItems: Infinity, maxProperties: Infinity };

/** Every breaking change from one document to the other, as `{ name, what }`; `name` is the operation or the schema. */
export function breaking(before, after) {
  return new Comparison(before, after).run();
}

class Comparison {
  #found = [];
  #seen = new Set();

  constructor(before, after) {
    this.before = before;
    this.after = after;
  }

  run() {
    for (const [path, item] of Object.entries(this.before.paths)) {
      for (const method of METHODS.filter((method) => item[method])) {
        this.#operation(`${method.toUpperCase()} ${path}`, item[method], this.after.paths[path]?.[method]);
      }
    }
    return this.#found;
  }

  #report(place, what) {
    this.#found.push({ name: place.name, what: `${place.at}: ${what}` });
  }

  #operation(at, before, after) {
    const place = { name: before.operationId, at };
    if (!after) return this.#report(place, "is gone");
    if (before.operationId !== after.operationId) this.#report(place, `is ${after.operationId} now`);
    const ways = accepted(after);
    const refused = ways.includes("nothing") ? [] : accepted(before).filter((way) => !ways.includes(way));
    if (refused.length) this.#report(place, `is not open any more to callers with ${refused.join(", ")}`);
    this.#parameters(place, before.parameters ?? [], after.parameters ?? []);
    this.#body(place, before.requestBody, after.requestBody);
    this.#responses(place, before.responses, after.responses);
  }

  #parameters(place, before, after) {
    const key = (parameter) => `${parameter.in} parameter ${parameter.name}`;
    const news = new Map(after.map((parameter) => [key(parameter), parameter]));
    for (const old of before) {
      const now = news.get(key(old));
      news.delete(key(old));
      if (!now) this.#report(place, `${key(old)} is gone`);
      else {
        if (now.required && !old.required) this.#report(place, `${key(old)} is required now`);
        this.#schema(into(place, key(old)), old.schema, now.schema, "taken");
      }
    }
    for (const [name, now] of news) if (now.required) this.#report(place, `${name} is new and required`);
  }

  #body(place, before, after) {
    if (!before && after?.required) this.#report(place, "a body is required now");
    if (before && !after) this.#report(place, "takes no body any more");
    if (!before || !after) return;
    if (after.required && !before.required) this.#report(place, "the body is required now");
    this.#content(into(place, "body"), before.content, after.content, "taken");
  }

  #responses(place, before, after) {
    for (const [status, reference] of Object.entries(before)) {
      if (!after[status]) {
        this.#report(place, `never answers ${status} any more`);
        continue;
      }
      const [old, now] = [resolve(this.before, reference), resolve(this.after, after[status])];
      for (const header of Object.keys(old.headers ?? {})) {
        if (!now.headers?.[header]) this.#report(place, `${status} has no ${header} any more`);
        else this.#schema(into(place, `${status} ${header}`), old.headers[header].schema, now.headers[header].schema, "sent");
      }
      this.#content(into(place, status), old.content ?? {}, now.content ?? {}, "sent");
    }
    for (const status of Object.keys(after)) {
      if (/^[123]/.test(status) && !before[status]) this.#report(place, `may answer ${status} now`);
    }
  }

  #content(place, before, after, way) {
    for (const [media, old] of Object.entries(before)) {
      if (!after[media]) this.#report(place, `is not ${media} any more`);
      else this.#schema(place, old.schema, after[media].schema, way);
    }
  }

  /** `way` is `taken` (requests) or `sent` (responses). */
  #schema(place, before, after, way) {
    if (before === undefined || after === undefined) {
      if ((before === undefined) !== (after === undefined)) this.#report(place, "is described on one side alone");
      return;
    }
    const name = before.$ref?.split("/").pop();
    if (name) {
      // Each named schema is compared once, and its changes have its name.
      const key = [way, before.$ref, JSON.stringify(after)].join();
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      place = { name, at: name };
    }
    const [old, now] = [resolve(this.before, before), resolve(this.after, after)];
    for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)])) {
      if (!WORDS.has(keyword)) this.#keyword(place, keyword, old, now, way);
    }
  }

  #keyword(place, keyword, old, now, way) {
    const taken = way === "taken";
    const [before, after] = [old[keyword], now[keyword]];
    // Previous values must still be accepted; values in responses must have existed before.
    const [part, whole] = taken ? [before, after] : [after, before];
    const same = JSON.stringify(before) === JSON.stringify(after);
    if (keyword === "type") {
      const strange = [part].flat().filter((type) => ![whole].flat().includes(type));
      if (strange.length) this.#report(place, `is ${[after].flat().join(" or ")}, and was ${[before].flat().join(" or ")}`);
    } else if (keyword === "enum") {
      const strange = part ? part.filter((value) => whole && !whole.includes(value)) : whole ? ["anything"] : [];
      if (strange.length) this.#report(place, taken ? `does not take ${strange} any more` : `may be ${strange} now`);
    } else if (keyword in LOWER) {
      if (taken && (after ?? LOWER[keyword]) > (before ?? LOWER[keyword])) this.#report(place, `${keyword} is ${after}`);
    } else if (keyword in UPPER) {
      if (taken && (after ?? UPPER[keyword]) < (before ?? UPPER[keyword])) this.#report(place, `${keyword} is ${after}`);
    } else if (keyword === "pattern") {
      if (taken && after !== undefined && !same) this.#report(place, `must match ${after}`);
    } else if (keyword === "format") {
      if (!same && !(taken && after === undefined)) this.#report(place, `has the format ${after}, and had ${before}`);
    } else if (keyword === "default") {
      if (taken && !same) this.#report(place, `is ${JSON.stringify(after)} where it is not said`);
    } else if (keyword === "required") {
      const [must, could] = taken ? [after, before] : [before, after];
      const strange = (must ?? []).filter((field) => !(could ?? []).includes(field));
      if (strange.length) this.#report(place, `${strange} ${taken ? "must be sent now" : "may be missing now"}`);
    } else if (keyword === "properties") {
      for (const [field, schema] of Object.entries(before ?? {})) {
        if (!after?.[field]) this.#report(place, `${field} is gone`);
        else this.#schema(into(place, field), schema, after[field], way);
      }
    } else if (keyword === "items") {
      this.#schema(into(place, "item"), before, after, way);
    } else if (keyword === "additionalProperties") {
      if (typeof before === "object" && typeof after === "object") this.#schema(into(place, "*"), before, after, way);
      else if (taken && !same && after !== undefined && after !== true) this.#report(place, "takes no other fields any more");
    } else if (["oneOf", "anyOf"].includes(keyword)) {
      this.#alternatives(into(place, keyword), before ?? [], after ?? [], way);
    } else if (!same) {
      this.#report(place, `${keyword} differs`);
    }
  }

  /** Alternatives are identified by their name, unnamed ones by their type. */
  #alternatives(place, before, after, way) {
    const key = (schema) => schema.$ref ?? schema.type;
    for (const old of before) {
      const now = after.find((schema) => key(schema) === key(old));
      if (now) this.#schema(place, old, now, way);
      else if (way === "taken") this.#report(place, `${key(old)} is gone`);
    }
    const strange = after.filter((schema) => !before.some((old) => key(old) === key(schema)));
    if (way === "sent" && strange.length) this.#report(place, `may be ${strange.map(key)} now`);
  }
}

function into(place, part) {
  return { name: place.name, at: `${place.at} ${part}` };
}

function resolve(document, thing) {
  if (!thing.$ref) return thing;
  const target = thing.$ref.slice(2).split("/").reduce((part, key) => part[key], document);
  return resolve(document, target);
}

/** The ways to authenticate, including `nothing`. */
function accepted({ security = [] }) {
  return security.length ? security.map((way) => Object.keys(way).sort().join(" and ") || "nothing") : ["nothing"];
}

/** The breaking changes that the changelog does not name: in backticks, in a point marked **Breaking** under Unreleased. */
export function unnamed(changes, changelog) {
  const unreleased = changelog.split(/^## /m).find((section) => section.startsWith("[Unreleased]")) ?? "";
  const points = unreleased.split(/^- /m).filter((point) => point.startsWith("**Breaking**"));
  return changes.filter(({ name }) => !points.some((point) => point.includes(`\`${name}\``)));
}

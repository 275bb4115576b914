// Which members of items are columns. A list that is not named here shows all of them.

import type { Resource } from "../api/hal";

const COLUMNS: Record<string, string[]> = {
  users: ["username", "email", "role", "status", "last_login_at", "created_at"],
  roles: ["name", "description", "users", "built_in", "reserved"],
  sessions: ["user_agent", "address", "methods", "last_used_at", "current"],
  factors: ["name", "type", "confirmed", "last_used_at", "remaining"],
  api_keys: ["name", "hint", "scopes", "expires_at", "last_used_at"],
  audit_events: ["at", "action", "outcome", "actor", "target", "changes", "address"],
};

export function columnsOf(list: string, items: Resource[]): string[] {
  const present = new Set(items.flatMap((item) => Object.keys(item)).filter((name) => !name.startsWith("_")));
  const chosen = COLUMNS[list]?.filter((name) => present.has(name)) ?? [];
  return chosen.length > 0 ? chosen : [...present].filter((name) => name !== "id");
}

// The filters of a list, as soon as they are known.

import { useEffect, useState } from "preact/hooks";
import { filtersOf, type Filter } from "../api/description";
import { variables } from "../api/uri_template";

export function useFilters(template: string | undefined): Filter[] {
  const [filters, setFilters] = useState<Filter[]>([]);
  const path = template?.replace(/\{.*/, "");
  useEffect(() => {
    if (!template) return;
    let isCurrent = true;
    const names = variables(template);
    const described = filtersOf(template).then((all) => all.filter(({ name }) => names.includes(name)));
    described.then((filters) => isCurrent && setFilters(filters));
    return () => void (isCurrent = false);
  }, [path]);
  return filters;
}

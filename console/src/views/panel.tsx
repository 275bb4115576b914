// What a tab of a resource shows. Its pages and filters are not part of the address.

import { useState } from "preact/hooks";
import { ResourceView } from "./resource_view";

interface Props {
  relation: string;
  href: string;
  trail: string[];
  follow: (trail: string[]) => void;
}

export function Panel({ relation, href, trail, follow }: Props) {
  const [shown, setShown] = useState(href);
  return <ResourceView href={shown} relation={relation} trail={trail} follow={follow} turn={setShown} isNested />;
}

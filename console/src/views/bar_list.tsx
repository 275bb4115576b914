// Numbers of kinds, as bars.

import type { Json } from "../api/hal";
import { number } from "../text/format";
import { memberText, valueText } from "../text/text";

export function BarList({ name: group, values }: { name: string; values: { [name: string]: Json } }) {
  const entries = Object.entries(values).map(([name, value]) => [name, Number(value)] as const);
  const max = Math.max(1, ...entries.map(([, value]) => value));
  return (
    <section class="card">
      <h2>{memberText(group)}</h2>
      <dl class="bars">
        {entries.map(([name, value]) => (
          <div key={name} class="bar">
            <dt>{valueText(group, name)}</dt>
            <dd>{number(value)}</dd>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="bar-track" width="100" height="4" />
              <rect class="bar-fill" width={(value / max) * 100} height="4" />
            </svg>
          </div>
        ))}
      </dl>
    </section>
  );
}

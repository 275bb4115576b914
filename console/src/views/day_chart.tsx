// A number by day, as a chart with a table behind it.

import { day, number } from "../text/format";
import { memberText, t } from "../text/text";

export interface DayValue {
  date: string;
  value: number;
}

const WIDTH = 600;
const HEIGHT = 160;
/** Numbers without a sum: a user who is active on two days is one user. */
const NOT_SUMMED = ["active_users"];

/** Part of a day's width that its bar takes. */
const BAR = 0.7;

export function DayChart({ name, values }: { name: string; values: DayValue[] }) {
  const max = Math.max(...values.map(({ value }) => value));
  const total = values.reduce((sum, { value }) => sum + value, 0);
  const title = memberText(name);
  const peak = t("chart.peak", { max: number(max) });
  const summary = NOT_SUMMED.includes(name) ? peak : `${t("chart.total", { total: number(total) })}, ${peak}`;
  const [first, last] = [values[0]!, values.at(-1)!];
  return (
    <section class="card chart">
      <h2>{title}</h2>
      <p class="quiet">{summary}</p>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${summary}`}>
        {[0.25, 0.5, 0.75, 1].map((part) => (
          <line key={part} class="chart-line" x1={0} x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
        ))}
        {values.map(({ date, value }, n) => (
          <Bar
            key={date}
            n={n}
            of={values.length}
            height={max > 0 ? value / max : 0}
            text={`${day(date)}: ${number(value)}`}
          />
        ))}
      </svg>
      <div class="chart-axis">
        <span>{day(first.date)}</span>
        <span>{day(last.date)}</span>
      </div>
      <details>
        <summary>{t("chart.table")}</summary>
        <div class="chart-table" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{memberText("date")}</th>
                <th scope="col">{title}</th>
              </tr>
            </thead>
            <tbody>
              {values.toReversed().map(({ date, value }) => (
                <tr key={date}>
                  <th scope="row">{day(date)}</th>
                  <td>{number(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function Bar({ n, of, height, text }: { n: number; of: number; height: number; text: string }) {
  const width = WIDTH / of;
  return (
    <g class="chart-day">
      <rect
        class="chart-bar"
        x={(n + (1 - BAR) / 2) * width}
        y={HEIGHT * (1 - height)}
        width={width * BAR}
        height={HEIGHT * height}
      />
      <rect class="chart-hover" x={n * width} y={0} width={width} height={HEIGHT}>
        <title>{text}</title>
      </rect>
    </g>
  );
}

// What came of a segment's messages: those who got one, who ordered, and what that proves.

import { path, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Empty, Figure, html, Panel, Sparkline } from "./parts.js";
import { link } from "./router.js";
import { count, money } from "./words.js";

const EVERY_MS = 60_000; // workers publish what they count once a minute
const SPANS = ["7d", "30d", "90d"];

export function Kpis({ name, since = "30d" }) {
  const answer = useAnswer(`segments/${path(name)}/kpis${queryOf({ since })}`, EVERY_MS);
  return html`<${Panel} title="What came of it" wide>
    <nav class="spans" aria-label="Of how many days">
      ${SPANS.map((one) => html`<a key=${one} href=${link(["segments", name], { since: one })} aria-current=${one === since ? "true" : null}>${one}</a>`)}
    </nav>
    ${
      answer.problem?.code === "not_counted"
        ? html`<${Empty} title="Not counted under these rules">Add <code>${"value: {orders: …, kpis: …}"}</code> to the rules, and workers count who orders after a message.<//>`
        : html`<${Answer} answer=${answer} what="Adding up what the workers counted">${(data) => html`<${Figures} data=${data} />`}<//>`
    }
  <//>`;
}

function Figures({ data }) {
  const { mature, so_far: young, lift } = data;
  const all = (figure) => (mature[figure] ?? 0) + (young[figure] ?? 0);
  const days = byDay(data.days);
  return html`<dl class="figures">
      <${Figure} name="Exposures" value=${count(all("exposures"))} note="began in these days" />
      <${Figure} name="Converted" value=${share(mature)} note=${mature.exposures ? "of those that have ended" : "none has ended yet"} />
      <${Figure} name="So far" value=${share(young)} note="of those still open" />
      <${Figure} name="Revenue" value=${money(Number(mature.revenue ?? 0) + Number(young.revenue ?? 0))} note="by those exposed" />
      <${Figure} name="Lift" value=${liftText(lift.rate)} note=${liftNote(lift.rate)} />
    </dl>
    ${
      days.length > 1 &&
      html`<details><summary>Day by day</summary>
        <${Sparkline} values=${days.map((one) => one.fired)} label="Fired by day" />
        <div class="scroll" tabindex="0" role="region" aria-label="Day by day"><table class="list">
          <thead><tr>${["Day", "Entered", "Fired", "Exposures", "Converted"].map((head, at) => html`<th key=${head} scope="col" class=${at ? "number" : null}>${head}</th>`)}</tr></thead>
          <tbody>${days.map(
            (one) => html`<tr key=${one.day}><th scope="row">${one.day}</th>
              ${["entered", "fired", "exposures", "converted"].map((figure) => html`<td key=${figure} class="number">${count(one[figure])}</td>`)}</tr>`,
          )}</tbody>
        </table></div>
      </details>`
    }`;
}

/** The days of all variants added up, in their order. */
function byDay(rows) {
  const days = new Map();
  for (const row of rows) {
    const sums = days.get(row.day) ?? { day: row.day, entered: 0, fired: 0, exposures: 0, converted: 0 };
    for (const figure of ["entered", "fired", "exposures", "converted"]) sums[figure] += row[figure] ?? 0;
    days.set(row.day, sums);
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

const share = (figures) => (figures.exposures ? `${((100 * (figures.converted ?? 0)) / figures.exposures).toFixed(1)} %` : "–");
const points = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)} pp`;
const liftText = (lift) => (lift === null ? "–" : points(lift.difference));

function liftNote(lift) {
  if (lift === null) return "nobody is kept aside to compare with";
  if (lift.always_valid === null) return "too few orders to tell";
  const [low, high] = lift.always_valid;
  return `${points(low)} to ${points(high)}, ${lift.proven ? "proven" : "not proven"}`;
}

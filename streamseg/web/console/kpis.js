// What came of a segment's messages: those who got one, who ordered, and what that proves.

import { path, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Empty, Figure, html, Panel, Sparkline } from "./parts.js";
import { link } from "./router.js";
import { count, duration, money } from "./words.js";

const EVERY_MS = 60_000; // workers publish what they count once a minute
const SPANS = ["7d", "30d", "90d"];

export function Kpis({ name, query }) {
  const { since = "30d" } = query;
  const answer = useAnswer(`segments/${path(name)}/kpis${queryOf({ since })}`, EVERY_MS);
  return html`<${Panel} title="What came of it" wide>
    <nav class="spans" aria-label="Of how many days">
      ${SPANS.map((one) => html`<a key=${one} href=${link(["segments", name], { ...query, since: one })} aria-current=${one === since ? "true" : null}>${one.replace("d", " days")}</a>`)}
    </nav>
    <${Told} answer=${answer} />
  <//>`;
}

function Told({ answer }) {
  const code = answer.problem?.code;
  if (code === "not_counted") {
    return html`<${Empty} title="Not counted under these rules">Add <code>${"value: {orders: …, kpis: …}"}</code> to the rules, and workers count who orders after a message.<//>`;
  }
  if (code === "not_yet") return html`<${Empty} title="Nothing counted yet">What comes of messages is told here once a minute, from the first message on.<//>`;
  return html`<${Answer} answer=${answer} what="Adding up what the workers counted">${(data) => html`<${Figures} data=${data} />`}<//>`;
}

function Figures({ data }) {
  const { lift } = data;
  const got = summed(data.variants.filter((one) => !ASIDE.has(one.variant)));
  const aside = data.variants.filter((one) => KEPT_ASIDE.has(one.variant)).reduce((sum, one) => sum + exposures(one), 0);
  const days = byDay(data.days);
  const within = data.within_ms === null ? "in time" : `within ${duration(data.within_ms)}`;
  return html`<dl class="figures">
      <${Figure} name="Reached" value=${count(exposures(got))} note=${aside ? `and ${count(aside)} kept aside to compare` : "began in these days"} />
      <${Figure} name="Ordered" value=${share(got.mature)} note=${got.mature.exposures ? `${within}, of days that are over` : "no day is over yet"} />
      <${Figure} name="So far" value=${share(got.so_far)} note="ordered, of days still open" />
      <${Figure} name="Revenue" value=${money(revenue(got))} note="of those reached" />
      <${Figure} name="Lift" value=${liftText(lift.rate)} note=${liftNote(lift.rate)} />
    </dl>
    ${data.variants.length > 1 && html`<${Groups} variants=${data.variants} />`}
    ${
      days.length > 1 &&
      html`<details><summary>Day by day</summary>
        <${Sparkline} values=${days.map((one) => one.fired)} label="Fired by day" />
        <div class="scroll" tabindex="0" role="region" aria-label="Day by day"><table class="list">
          <thead><tr>${["Day", "Entered", "Fired", "Exposures", "Ordered"].map((head, at) => html`<th key=${head} scope="col" class=${at ? "number" : null}>${head}</th>`)}</tr></thead>
          <tbody>${days.map(
            (one) => html`<tr key=${one.day}><th scope="row">${one.day}</th>
              ${["entered", "fired", "exposures", "converted"].map((figure) => html`<td key=${figure} class="number">${count(one[figure])}</td>`)}</tr>`,
          )}</tbody>
        </table></div>
      </details>`
    }
    <p class="note">Workers tell once a minute what they count.</p>`;
}

/** Who got which message, and who got none. */
function Groups({ variants }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="By group"><table class="list">
    <thead><tr><th scope="col">Group</th>${["People", "Ordered", "So far", "Revenue"].map((head) => html`<th key=${head} scope="col" class="number">${head}</th>`)}</tr></thead>
    <tbody>${variants.map(
      (one) => html`<tr key=${one.variant}><th scope="row">${groupName(one.variant)}</th>
        <td class="number">${count(exposures(one))}</td><td class="number">${share(one.mature)}</td>
        <td class="number">${share(one.so_far)}</td><td class="number">${money(revenue(one))}</td></tr>`,
    )}</tbody>
  </table></div>`;
}

const KEPT_ASIDE = new Set(["control", "holdout"]);
const ASIDE = new Set([...KEPT_ASIDE, "mixed"]);
const NAMES = { control: "kept aside (control)", holdout: "kept aside (holdout)", mixed: "of several groups" };
const groupName = (variant) => (variant === null ? "all others" : (NAMES[variant] ?? variant));

const exposures = (one) => (one.mature.exposures ?? 0) + (one.so_far.exposures ?? 0);
const revenue = (one) => Number(one.mature.revenue ?? 0) + Number(one.so_far.revenue ?? 0);

/** The figures of several variants as one. */
function summed(variants) {
  const sums = { mature: {}, so_far: {} };
  for (const one of variants) {
    for (const part of ["mature", "so_far"]) {
      for (const figure of ["exposures", "converted", "revenue"]) {
        sums[part][figure] = (sums[part][figure] ?? 0) + Number(one[part][figure] ?? 0);
      }
    }
  }
  return sums;
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

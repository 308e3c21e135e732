// All segments with what they do, and one of them.

import { path } from "./api.js";
import { useAnswer } from "./asking.js";
import { Chart } from "./chart.js";
import { Kpis } from "./kpis.js";
import { Answer, Copy, Empty, Figure, Heading, html, Panel, SegmentLink, SortHead, Sparkline } from "./parts.js";
import { link, refine } from "./router.js";
import { compact, count, plural, REASONS } from "./words.js";

const EVERY_MS = 5000;
const ON_A_PAGE = 100;
const FEW = 10;

/** What a line shows, and of how much time. */
const LINES = {
  "1h": { name: "hour", long: "the last hour", of: (one) => one.series, step: 60, unit: "Minutes ago" },
  "24h": { name: "day", long: "the last 24 hours", of: (one) => one.hours, step: 3600, unit: "Hours ago" },
};

const COLUMNS = {
  segment: (one) => one.segment,
  members: (one) => one.size ?? -1,
  minute: (one) => one.fired_rates.minute,
  hour: (one) => one.fired_rates.hour,
  day: (one) => one.fired_rates.day,
  held: (one) => one.suppressed_rates.day,
};

function sorted(segments, order) {
  const column = COLUMNS[order.replace(/^-/, "")];
  if (!column) return segments;
  const way = order.startsWith("-") ? -1 : 1;
  return [...segments].sort((a, b) => {
    const [left, right] = [column(a), column(b)];
    return left < right ? -way : left > right ? way : 0;
  });
}

/** How much of the group has answered, where it is not all. */
export function Part({ of }) {
  if (of.answered >= of.of) return null;
  return html`<p class="trouble slim" role="status">Of ${of.answered} of ${of.of} partitions only: some workers do not answer just now.</p>`;
}

export function Segments({ query }) {
  const answer = useAnswer("segments", EVERY_MS);
  return html`<${Heading} title="Segments" lead="Who is in each one, what it has fired, and what was held back." />
    <${Answer} answer=${answer} what="Loading segments" rows=${6}>${(data) =>
      data.segments.length === 0
        ? html`<${Empty} title="No segments yet">The rules in force have none. See <a href=${link(["rules"])}>Rules</a>.<//>`
        : html`<${Part} of=${data.partitions} /><${Listed} segments=${data.segments} query=${query} />`}<//>`;
}

/** A page of those whose name has what was typed, sorted. */
function Listed({ segments, query }) {
  const { q = "", sort = "", span = "1h" } = query;
  const found = sorted(segments.filter((one) => one.segment.toLowerCase().includes(q.toLowerCase())), sort);
  const pages = Math.max(1, Math.ceil(found.length / ON_A_PAGE));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(query.page)) || 1));
  const begin = (page - 1) * ON_A_PAGE;
  const sized = segments.some((one) => one.size !== null);
  return html`<div class="filters">
      ${segments.length > FEW && html`<label>Name <input type="search" value=${q} autocomplete="off" spellcheck=${false} onInput=${(event) => refine({ q: event.target.value, page: null })} /></label>`}
      <${Spans} chosen=${span} label="Of how much time the line is">Line of the last<//>
    </div>
    ${found.length === 0 ? html`<${Empty} title="No segment has this in its name"><a href=${link(["segments"], { ...query, q: null, page: null })}>Show all</a><//>` : html`<${Table} segments=${found.slice(begin, begin + ON_A_PAGE)} sized=${sized} order=${sort} span=${span} />`}
    ${
      pages > 1 &&
      html`<nav class="spans" aria-label="Pages">
        ${page > 1 && html`<a href=${link(["segments"], { ...query, page: page - 1 })}>Before</a>`}
        <span class="faint">${count(begin + 1)} to ${count(Math.min(begin + ON_A_PAGE, found.length))} of ${count(found.length)}</span>
        ${page < pages && html`<a href=${link(["segments"], { ...query, page: page + 1 })}>After</a>`}
      </nav>`
    }
    <p class="note">Fired and held back are counted since the workers started.${sized ? "" : html` How many are in each segment is not counted under these rules: add <code>${"value: {kpis: {}}"}</code> to them.`}</p>`;
}

function Spans({ chosen, label, children }) {
  return html`<nav class="spans" aria-label=${label}>
    ${children && html`<span class="faint">${children}</span>`}
    ${Object.keys(LINES).map((one) => html`<button type="button" class="quiet" key=${one} aria-pressed=${one === chosen ? "true" : "false"} onClick=${() => refine({ span: one === "1h" ? null : one })}>${LINES[one].name}</button>`)}
  </nav>`;
}

function Table({ segments, sized, order, span }) {
  const head = { order, onSort: (sort) => refine({ sort, page: null }) };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Segments">
    <table class="list">
      <thead>
        <tr>
          <${SortHead} name="Segment" column="segment" ...${head} />
          ${sized && html`<${SortHead} name="In it now" column="members" number ...${head} />`}
          <th scope="col">Fired in ${(LINES[span] ?? LINES["1h"]).long}</th>
          <${SortHead} name="Fired, 1 min" column="minute" number ...${head} />
          <${SortHead} name="1 h" column="hour" number ...${head} />
          <${SortHead} name="24 h" column="day" number ...${head} />
          <${SortHead} name="Held back, 24 h" column="held" number ...${head} />
        </tr>
      </thead>
      <tbody>${segments.map((one) => html`<${Line} key=${one.segment} one=${one} sized=${sized} line=${LINES[span] ?? LINES["1h"]} />`)}</tbody>
    </table>
  </div>`;
}

function Line({ one, sized, line }) {
  const values = line.of(one);
  return html`<tr>
    <th scope="row"><${SegmentLink} name=${one.segment} />${one.per && html` <span class="faint">per ${one.per}</span>`}
      ${one.shadow && html` <span class="chip">shadow</span>`}${one.alerts.map((name) => html` <span key=${name} class="chip alert">alert ${name}</span>`)}</th>
    ${sized && html`<td class="number">${count(one.size)}</td>`}
    <td><${Sparkline} values=${values} label=${`${plural(values.reduce((sum, value) => sum + value, 0), "trigger")} in ${line.long}`} /></td>
    <td class="number">${compact(one.fired_rates.minute)}</td>
    <td class="number">${compact(one.fired_rates.hour)}</td>
    <td class="number">${compact(one.fired_rates.day)}</td>
    <td class="number">${compact(one.suppressed_rates.day)}</td>
  </tr>`;
}

export function Segment({ name, query, serves }) {
  const answer = useAnswer(`segments/${path(name)}`, EVERY_MS);
  const line = LINES[query.span] ?? LINES["1h"];
  const alert = `sum(increase(streamseg_triggers_fired_total{segment=${JSON.stringify(name)}}[1h])) == 0`;
  return html`<${Heading} title=${name} lead="Segment">
      <a class="button" href=${link(["live"], { segment: name })}>Watch it live</a>
    <//>
    <${Answer} answer=${answer} what="Loading the segment">${(one) => html`
      ${one.alerts.map((name) => html`<p key=${name} class="trouble slim">The alert <strong>${name}</strong> of your rules is raised.</p>`)}
      <dl class="figures">
        <${Figure} name="In it now" value=${count(one.size)} note=${one.size === null ? "not counted under these rules" : null} />
        <${Figure} name="Fired in 1 h" value=${count(one.fired_rates.hour)} />
        <${Figure} name="Fired in 24 h" value=${count(one.fired_rates.day)} />
        <${Figure} name="Held back in 24 h" value=${count(one.suppressed_rates.day)} />
        <${Figure} name="Cancelled" value=${count(one.cancelled)} note="by an event that came late" />
      </dl>
      <${Panel} title=${`Triggers in ${line.long}`}>
        <${Spans} chosen=${query.span ?? "1h"} label="Of how much time">The last<//>
        <${Chart} key=${line.name} values=${line.of(one)} name="Triggers" step=${line.step} unit=${line.unit} />
      <//>
      ${serves("/segments/{segment}/kpis") && html`<${Kpis} name=${name} query=${query} />`}
      <div class="columns">
        <${Panel} title="Fired and held back"><${Reasons} of=${one.suppressed} fired=${one.fired} /><//>
        <${Panel} title="Steps"><${Rungs} one=${one} /><//>
      </div>
      <${Panel} title="Alert when it falls silent" note="An expression for Prometheus: true when nothing fired for an hour.">
        <code class="block">${alert}</code> <${Copy} text=${alert}>Copy<//>
      <//>
      <p class="note">Made by <code>${one.kind}</code>${one.per ? `, per ${one.per}` : ""}; version ${one.version}. Fired and held back are counted since the workers started.</p>`}<//>`;
}

function Reasons({ of, fired }) {
  const rows = Object.entries(of).filter(([, number]) => number > 0).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return html`<p class="note">Nothing was held back. ${plural(fired, "trigger")} fired.</p>`;
  const most = Math.max(...rows.map(([, number]) => number), fired, 1);
  return html`<table class="list bars"><tbody>
    ${[["fired", fired], ...rows].map(
      ([reason, number]) => html`<tr key=${reason}>
        <th scope="row">${reason} <span class="note">${REASONS[reason] ?? ""}</span></th>
        <td><svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect height="8" rx="2" width=${(100 * number) / most} /></svg></td>
        <td class="number">${count(number)}</td>
      </tr>`,
    )}
  </tbody></table>`;
}

function Rungs({ one }) {
  if (one.rungs.length === 1 && one.rungs[0] === null) return html`<p class="note">It has one step: in, or not in.</p>`;
  if (one.members === null) {
    return html`<p>A ladder: it fires on step ${one.rungs.map((rung, at) => html`${at > 0 && ", then "}<strong>${rung}</strong>`)}.</p>`;
  }
  return html`<p class="note">How many are on each of them now.</p><table class="list"><tbody>
    ${one.rungs.map((rung) => html`<tr key=${rung}><th scope="row">step ${rung}</th><td class="number">${count(one.members[rung] ?? 0)}</td></tr>`)}
  </tbody></table>`;
}

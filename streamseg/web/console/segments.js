// All segments with what they do, and one of them.

import { path } from "./api.js";
import { useAnswer } from "./asking.js";
import { MinuteChart } from "./chart.js";
import { Kpis } from "./kpis.js";
import { Answer, Copy, Empty, Figure, Heading, html, Panel, SegmentLink, SortHead, Sparkline } from "./parts.js";
import { link, refine } from "./router.js";
import { compact, count, plural, REASONS } from "./words.js";

const EVERY_MS = 5000;

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
  const order = query.sort ?? "";
  const head = { order, onSort: (sort) => refine({ sort }) };
  return html`<${Heading} title="Segments" lead="What each one has told, and how often it was held back." />
    <${Answer} answer=${answer} what="Loading segments" rows=${6}>${(data) =>
      data.segments.length === 0
        ? html`<${Empty} title="No segments yet">The rules in force have none. See <a href=${link(["rules"])}>Rules</a>.<//>`
        : html`<${Part} of=${data.partitions} />
          <div class="scroll" tabindex="0" role="region" aria-label="Segments">
            <table class="list">
              <thead>
                <tr>
                  <${SortHead} name="Segment" column="segment" ...${head} />
                  ${data.segments.some((one) => one.size !== null) && html`<${SortHead} name="In it now" column="members" number ...${head} />`}
                  <th scope="col">Fired, last hour</th>
                  <${SortHead} name="1 min" column="minute" number ...${head} />
                  <${SortHead} name="1 h" column="hour" number ...${head} />
                  <${SortHead} name="24 h" column="day" number ...${head} />
                  <${SortHead} name="Held back, 24 h" column="held" number ...${head} />
                </tr>
              </thead>
              <tbody>${sorted(data.segments, order).map((one) => html`<${Line} key=${one.segment} one=${one} sized=${data.segments.some((other) => other.size !== null)} />`)}</tbody>
            </table>
          </div>
          <p class="note">Counted since the workers started.${data.segments.every((one) => one.size === null) ? " Who is in each segment is not counted under these rules." : ""}</p>`}<//>`;
}

function Line({ one, sized }) {
  return html`<tr>
    <th scope="row"><${SegmentLink} name=${one.segment} />${one.per && html` <span class="faint">per ${one.per}</span>`}${one.shadow && html` <span class="chip">shadow</span>`}</th>
    ${sized && html`<td class="number">${count(one.size)}</td>`}
    <td><${Sparkline} values=${one.series} label=${`${plural(one.fired_rates.hour, "trigger")} in the last hour`} /></td>
    <td class="number">${compact(one.fired_rates.minute)}</td>
    <td class="number">${compact(one.fired_rates.hour)}</td>
    <td class="number">${compact(one.fired_rates.day)}</td>
    <td class="number">${compact(one.suppressed_rates.day)}</td>
  </tr>`;
}

export function Segment({ name, query, serves }) {
  const answer = useAnswer(`segments/${path(name)}`, EVERY_MS);
  const alert = `sum(increase(streamseg_triggers_fired_total{segment=${JSON.stringify(name)}}[1h])) == 0`;
  return html`<${Heading} title=${name} lead="Segment">
      <a class="button" href=${link(["live"], { segment: name })}>Watch it live</a>
    <//>
    <${Answer} answer=${answer} what="Loading the segment">${(one) => html`
      <dl class="figures">
        <${Figure} name="In it now" value=${count(one.size)} note=${one.size === null ? "not counted under these rules" : null} />
        <${Figure} name="Fired in 1 h" value=${count(one.fired_rates.hour)} />
        <${Figure} name="Fired in 24 h" value=${count(one.fired_rates.day)} />
        <${Figure} name="Held back in 24 h" value=${count(one.suppressed_rates.day)} />
        <${Figure} name="Cancelled" value=${count(one.cancelled)} note="by an event that came late" />
      </dl>
      <${Panel} title="Triggers in the last hour"><${MinuteChart} values=${one.series} name="Triggers" /><//>
      ${serves("/segments/{segment}/kpis") && html`<${Kpis} name=${name} since=${query.since} />`}
      <div class="columns">
        <${Panel} title="Fired and held back"><${Reasons} of=${one.suppressed} fired=${one.fired} /><//>
        <${Panel} title="Rungs"><${Rungs} one=${one} /><//>
      </div>
      <${Panel} title="Alert when it falls silent" note="An expression for Prometheus: true when nothing fired for an hour.">
        <code class="block">${alert}</code> <${Copy} text=${alert}>Copy<//>
      <//>
      <p class="note">Version ${one.version}, ${one.kind}${one.per ? `, per ${one.per}` : ""}. Counted since the workers started.</p>`}<//>`;
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
    return html`<p>A ladder: it fires ${one.rungs.map((rung, at) => html`${at > 0 && ", then "}<strong>after ${rung}</strong>`)}.</p>`;
  }
  return html`<table class="list"><tbody>
    ${one.rungs.map((rung) => html`<tr key=${rung}><th scope="row">after ${rung}</th><td class="number">${count(one.members[rung] ?? 0)}</td></tr>`)}
  </tbody></table>`;
}

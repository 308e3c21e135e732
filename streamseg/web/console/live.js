// What is told now: triggers that fire, are cancelled or held back, as they are committed.

import { useEffect, useRef, useState } from "preact/hooks";
import { listen, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Chart } from "./chart.js";
import { Choice, ContactLink, Empty, Heading, html, Panel, SegmentLink, Trouble, When } from "./parts.js";
import { link, refine } from "./router.js";
import { byClockHere, count, figuresOf, KINDS, plural, reasonOf, REASONS } from "./words.js";

const MOST_SHOWN = 200;
const DRAW_MS = 250;
const RATE_S = 60;
const NOTHING = { rows: [], total: 0, rate: 0, new: 0, since: 0 };

/** Counts exactly, and keeps the latest to show: so many a second are no reason to stand still. */
class Feed {
  constructor() {
    this.total = 0;
    this.gaps = 0;
    this.rows = [];
    this.seconds = new Map();
  }

  take(kind, text, wants) {
    const message = JSON.parse(text);
    if (kind === "gap") {
      this.gaps += 1;
      if (wants(null)) this.total += message.missed; // unfiltered, the count stays exact
      this.rows.unshift({ gap: true, missed: message.missed, row: `gap ${this.gaps}` });
      return;
    }
    const told = message.value;
    if (!wants(told)) return;
    this.total += 1;
    const second = Math.floor(Date.now() / 1000);
    this.seconds.set(second, (this.seconds.get(second) ?? 0) + 1);
    this.rows.unshift({ ...told, row: `${told.type} ${told.id} ${this.total}` });
    if (this.rows.length > MOST_SHOWN * 2) this.rows.length = MOST_SHOWN;
  }

  rate(now = Date.now()) {
    const since = Math.floor(now / 1000) - RATE_S;
    let sum = 0;
    for (const [second, number] of this.seconds) {
      if (second < since) this.seconds.delete(second);
      else sum += number;
    }
    return sum;
  }
}

function useFeed(filter, isPaused) {
  const [shown, setShown] = useState(NOTHING);
  const [state, setState] = useState({ name: "connecting", problem: null, seconds: 0 });
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    const stopping = new AbortController();
    const feed = new Feed();
    const isFiltered = Object.values(filter).some(Boolean);
    const wants = (told) => (told === null ? !isFiltered : (!filter.kind || KINDS[told.type] === filter.kind) && (!filter.reason || told.reason === filter.reason));
    setShown(NOTHING);
    setState({ name: "connecting", problem: null, seconds: 0 });
    const to = `stream${queryOf({ segment: filter.segment, contact: filter.contact })}`;
    listen(to, stopping.signal, {
      message: (kind, text) => feed.take(kind, text, wants),
      state: (name, problem, seconds) => setState({ name, problem, seconds }),
    }).catch((problem) => setState({ name: "failed", problem, seconds: 0 }));
    let drawn = -1;
    const timer = setInterval(() => {
      const rate = feed.rate();
      if (drawn === feed.total && rate === 0) return;
      drawn = feed.total;
      setShown((before) =>
        paused.current
          ? { ...before, total: feed.total, rate, new: feed.total - before.since }
          : { rows: feed.rows.slice(0, MOST_SHOWN), total: feed.total, rate, new: 0, since: feed.total },
      );
    }, DRAW_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [filter.segment, filter.contact, filter.kind, filter.reason]);
  return [shown, state];
}

export function Live({ query, serves }) {
  const [isPaused, setPaused] = useState(false);
  const segments = useAnswer("segments", 15_000);
  if (!serves("/stream")) {
    return html`<${Heading} title="Live" /><${Empty} title="This worker does not stream">It is of an older version.<//>`;
  }
  return html`<${Heading} title="Live" lead="What your rules decide, as it happens.">
      <button type="button" aria-pressed=${isPaused} onClick=${() => setPaused(!isPaused)}>${isPaused ? "Go on" : "Pause"}</button>
    <//>
    <${Panel} title="The last hour" note=${`Triggers that fired, by minute, of ${query.segment ? query.segment : "all segments"}.`}>
      <${HourChart} answer=${segments} segment=${query.segment} />
    <//>
    <${Filters} query=${query} segments=${segments.data?.segments ?? []} />
    <${Stream} query=${query} isPaused=${isPaused} />`;
}

function HourChart({ answer, segment }) {
  if (answer.data === null) return answer.problem ? html`<${Trouble} problem=${answer.problem} />` : html`<div class="chart blank"></div>`;
  const chosen = answer.data.segments.filter((one) => !segment || one.segment === segment);
  const sums = Array.from({ length: 60 }, (_, at) => chosen.reduce((sum, one) => sum + (one.series[at] ?? 0), 0));
  return html`<${Chart} values=${sums} name="Triggers" />`;
}

function Filters({ query, segments }) {
  const known = segments.flatMap((one) => Object.keys(one.suppressed).filter((reason) => one.suppressed[reason] > 0));
  const reasons = [...new Set(query.reason ? [...known, query.reason] : known)];
  const choose = (name) => (event) => refine({ [name]: event.target.value });
  const names = segments.map((one) => one.segment);
  return html`<form class="filters" aria-label="What is shown" onSubmit=${(event) => event.preventDefault()}>
    <${Choice} label="Segment" none="all" names=${query.segment && !names.includes(query.segment) ? [query.segment, ...names] : names}
      value=${query.segment ?? ""} onChoose=${(segment) => refine({ segment })} />
    <label>Kind
      <select value=${query.kind ?? ""} onChange=${choose("kind")}>
        <option value="">all</option>
        ${Object.values(KINDS).map((kind) => html`<option key=${kind} value=${kind}>${kind}</option>`)}
      </select>
    </label>
    <label>Held back because
      <select value=${query.reason ?? ""} onChange=${choose("reason")}>
        <option value="">any reason</option>
        ${reasons.map((reason) => html`<option key=${reason} value=${reason}>${REASONS[reason] ?? reason}</option>`)}
      </select>
    </label>
    ${query.contact && html`<span class="chip">of ${query.contact} <button type="button" aria-label="of all contacts" onClick=${() => refine({ contact: null })}>×</button></span>`}
  </form>`;
}

function Stream({ query, isPaused }) {
  const [shown, state] = useFeed(query, isPaused);
  if (state.name === "failed") return html`<${Trouble} problem=${state.problem} />`;
  return html`<div class="status-line">
      <span class=${`dot ${state.name}`} aria-hidden="true"></span>
      <span role="status">${statusOf(state, isPaused)}</span>
      <span class="faint">${plural(shown.total, "message")} since you opened this, ${count(shown.rate)} in the last minute</span>
      ${isPaused && shown.new > 0 && html`<span class="chip">${count(shown.new)} new</span>`}
    </div>
    ${
      shown.rows.length === 0
        ? html`<${Empty} title="Quiet so far">Nothing was told since you opened this. What your rules decide appears here within a second.<//>`
        : html`<ol class="feed" aria-label="The latest first">${shown.rows.map((one) => html`<${Row} key=${one.row} told=${one} />`)}</ol>`
    }`;
}

function statusOf(state, isPaused) {
  if (state.name === "connecting") return "Connecting";
  if (state.name === "waiting") return `${state.problem.detail} Trying again.`;
  return isPaused ? "Paused; counting goes on" : "Listening";
}

function Row({ told }) {
  if (told.gap) return html`<li class="gap">${plural(told.missed, "message")} passed by here and cannot be shown: too many came at once.</li>`;
  const kind = KINDS[told.type] ?? told.type;
  if (!told.segment) return html`<${News} told=${told} kind=${kind} />`;
  const why = link(["contacts", told.contact, told.segment], { key: told.key });
  return html`<li class=${`told ${kind.replaceAll(" ", "-")}`}>
    <${When} at=${told.emitted_at} />
    <span class="kind">${kind}</span>
    <span class="what">
      <${ContactLink} id=${told.contact} /> <${SegmentLink} name=${told.segment} />
      ${told.rung && html`<span class="faint"> step ${told.rung}</span>`}${told.key && html`<span class="faint"> for ${told.key}</span>`}
      <span class="reason">${told.reason ? reasonOf(told) : byClockHere((told.why ?? []).join("; "), told.entered_at)}</span>
      <span class="context">${figuresOf(told.context)}</span>
    </span>
    <a class="why" href=${why} aria-label=${`why ${told.contact} is in ${told.segment} or is not`}>why</a>
  </li>`;
}

/** What became of a contact: of no segment. */
function News({ told, kind }) {
  return html`<li class="told news">
    <${When} at=${told.emitted_at} /><span class="kind">${kind}</span>
    <span class="what"><${ContactLink} id=${told.contact} />${told.from && html`<span class="faint"> and ${told.from}</span>`}</span>
    <span></span>
  </li>`;
}

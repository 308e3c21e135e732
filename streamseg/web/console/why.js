// Why a contact is in a segment, or why not: one tree, with the figures that were compared.

import { useEffect, useState } from "preact/hooks";
import { path, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Empty, Figure, Heading, html, Panel, SegmentLink, Trouble, Truth, When } from "./parts.js";
import { link, refine } from "./router.js";
import { byClockHere, clock, count, inline, isInstant, KINDS, spaced } from "./words.js";

const EVERY_MS = 3000;
const STAYS = { true: "enters", false: "leaves", unknown: "is not known any more" };

export function Why({ id, segment, query }) {
  const links = query.at ? null : query.links;
  const asked = queryOf({ key: query.key, at: query.at, links });
  const answer = useAnswer(`contacts/${path(id)}/segments/${path(segment)}/why${asked}`, query.at || links ? 0 : EVERY_MS);
  const code = answer.problem?.code;
  const [isReady, setReady] = useState(!query.at); // topics are read for one question at a time, and for this one first
  useEffect(() => {
    if (answer.data || answer.problem) setReady(true);
  }, [answer.data, answer.problem]);
  return html`<${Heading} title=${`Why ${segment}?`} lead=${html`Contact <a href=${link(["contacts", id])}>${id}</a>, segment <${SegmentLink} name=${segment} />`} />
    ${
      code === "key_needed" || code === "no_key"
        ? html`<${KeyForm} id=${id} segment=${segment} problem=${answer.problem} given=${query.key} />`
        : code === "no_state"
          ? html`<${Empty} title="Nobody known by this id">It was never seen, was erased, or is forgotten.<//>`
          : html`<${Answer} answer=${answer} what="Asking" rows=${6}>${(data) => html`<${Reasons} data=${data} links=${links} />`}<//>`
    }
    ${code !== "no_state" && html`<${Moment} at=${query.at} id=${id} isReady=${isReady} />`}
    ${query.key && code === undefined && html`<${KeyForm} id=${id} segment=${segment} given=${query.key} />`}`;
}

/** The same question at an instant of the past, answered from the contact's own events. */
function Moment({ at, id, isReady }) {
  const [text, setText] = useState("");
  useEffect(() => setText(at ? localText(new Date(at)) : ""), [at]);
  function choose(event) {
    event.preventDefault();
    const chosen = new Date(text);
    if (!Number.isNaN(chosen.getTime())) refine({ at: chosen.toISOString() });
  }
  return html`<${Panel} title="At another time" note="From the contact's events, as far back as the topic keeps them.">
    <${Steps} at=${at} id=${id} isReady=${isReady} />
    <form class="inline" onSubmit=${choose}>
      <label>Instant <input type="datetime-local" step="1" value=${text} onInput=${(event) => setText(event.target.value)} required /></label>
      <button type="submit">Ask</button>
      ${at && html`<button type="button" class="quiet" onClick=${() => refine({ at: null })}>Now</button>`}
    </form>
  <//>`;
}

/** A slider over what happened to the contact in the last week; its right end is now. */
function Steps({ at, id, isReady }) {
  const { data } = useAnswer(isReady ? `contacts/${path(id)}/timeline${queryOf({ since: "7d" })}` : null);
  const named = new Map(data?.entries.toReversed().map((one) => [one.at, KINDS[one.type] ?? one.type]));
  const instants = [...named.keys()];
  const is = at ? instants.findLastIndex((one) => one <= at) : instants.length;
  const [place, setPlace] = useState(null);
  const shown = place ?? is;
  useEffect(() => setPlace(null), [at]);
  if (instants.length === 0) return null;
  const text = shown === instants.length ? "now" : `${clock(instants[shown])}, ${named.get(instants[shown])}`;
  return html`<label class="slider">Step through the last week
    <input type="range" min="0" max=${instants.length} step="1" value=${Math.max(0, shown)} aria-valuetext=${text}
      onInput=${(event) => setPlace(Number(event.target.value))}
      onChange=${(event) => refine({ at: instants[Number(event.target.value)] ?? null })} />
    <output>${text}</output>
  </label>`;
}

/** An instant as a field of local time has it. */
function localText(instant) {
  const local = new Date(instant.getTime() - instant.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** A segment with keys is asked about one: the product in a cart, most often. */
function KeyForm({ id, segment, problem, given = "" }) {
  const [key, setKey] = useState(given);
  const { data } = useAnswer(`contacts/${path(id)}`);
  if (problem?.code === "no_key") {
    return html`<${Trouble} problem=${problem} /><p><a href=${link(["contacts", id, segment])}>Ask without a key</a></p>`;
  }
  const stays = data?.segments.filter((one) => one.segment === segment).map((one) => one.key) ?? [];
  const known = [...new Set([...stays, ...(data?.cart?.items?.map((one) => one.product) ?? [])])].filter(Boolean);
  return html`<${Panel} title=${given ? "Another key" : "Of which key?"} note=${problem?.detail}>
    <form class="inline" onSubmit=${(event) => {
      event.preventDefault();
      refine({ key });
    }}>
      <label>Key <input value=${key} list="keys" onInput=${(event) => setKey(event.target.value)} autocomplete="off" /></label>
      <datalist id="keys">${known.map((one) => html`<option key=${one} value=${one} />`)}</datalist>
      <button type="submit">Ask</button>
    </form>
    ${known.length > 0 && html`<p class="note">Known of this contact: ${known.map((one, at) => html`${at > 0 && ", "}<a href=${link(["contacts", id, segment], { key: one })}>${one}</a>`)}</p>`}
  <//>`;
}

function Reasons({ data, links }) {
  const inside = data.rungs.some((one) => one.inside);
  return html`
    <p class=${`verdict ${inside || (data.on && data.truth === "true") ? "in" : "out"}`}>
      ${data.on ? html`<strong>${data.truth === "unknown" ? "Not known" : data.truth === "true" ? "Would be told" : "Would not be told"}</strong> <span>at the next <code>${data.on}</code></span>` : html`<strong>${inside ? "In" : data.truth === "unknown" ? "Not known" : "Not in"}</strong>`}
      ${data.rung && html`<span> step ${data.rung}</span>`}${data.key && html`<span> for ${data.key}</span>`}
      ${data.entered_at && html`<span> since <${When} at=${data.entered_at} far /></span>`}
      <${Next} of=${data.rungs.find((one) => one.rung === data.rung)?.next ?? null} words=${STAYS} />
    </p>
    ${data.notes.map((note) => html`<p key=${note} class="note">${byClockHere(note)}</p>`)}
    ${data.rungs.length > 1 && html`<${Rungs} rungs=${data.rungs} />`}
    <${Panel} title="The conditions" wide><ul class="tree"><${Part} part=${data.tree} /></ul><//>
    ${data.trigger && html`<${Trigger} of=${data.trigger} />`}
    ${data.trigger && html`<${Records} of=${data} asked=${links} />`}
    <p class="note">As of <${When} at=${data.at} />${data.history_from ? html`, by records from <${When} at=${data.history_from} /> on` : ""}${data.state.lag ? `; ${count(data.state.lag)} newer records are still to be read` : ""}.</p>`;
}

/** What time alone brings about: of the segment it is said by `words`. */
function Next({ of, words = { true: "holds", false: "ends", unknown: "is not known any more" } }) {
  if (of === null) return null;
  if (of.to === null) return html`<span class="next-change">no change before <${When} at=${of.at} far /></span>`;
  return html`<span class="next-change">if nothing happens, ${words[of.to]} at <${When} at=${of.at} far /></span>`;
}

function Rungs({ rungs }) {
  return html`<ol class="rungs" aria-label="Steps">
    ${rungs.map(
      (one) => html`<li key=${one.rung} class=${one.inside ? "in" : "out"}>
        <${Truth} of=${one.truth} />step ${one.rung}
        <span class="faint">${one.entered_at ? html` entered <${When} at=${one.entered_at} />` : ""}</span>
        <${Next} of=${one.next} words=${STAYS} />
      </li>`,
    )}
  </ol>`;
}

function Part({ part }) {
  const saw = Object.entries(part.saw);
  return html`<li>
    <div class="part">
      <${Truth} of=${part.truth} />
      <span class="asks">${part.asks}</span>
      ${saw.length > 0 && html`<ul class="saw" aria-label="figures">${saw.map(([name, value]) => html`<li key=${name}><${Saw} name=${name} value=${value} /></li>`)}</ul>`}
      ${part.since && html`<span class="faint">since <${When} at=${part.since} /></span>`}
      <${Next} of=${part.next} />
      ${part.known_from && html`<span class="faint">known from <${When} at=${part.known_from} /> on</span>`}
    </div>
    ${part.parts.length > 0 && html`<ul>${part.parts.map((one, at) => html`<${Part} key=${at} part=${one} />`)}</ul>`}
  </li>`;
}

function Saw({ name, value }) {
  return html`<span class="faint">${spaced(name)}</span> ${isInstant(value) ? html`<${When} at=${value} />` : inline(value)}`;
}

/** Where its triggers and decisions lie in Kafka: on demand, as topics are read for it. */
function Records({ of, asked }) {
  if (!asked) return html`<p class="note"><button type="button" class="quiet" onClick=${() => refine({ links: "1" })}>Find its records in Kafka</button></p>`;
  return html`<${Panel} title="Its records in Kafka" note=${`Triggers and decisions of the last 7 days.${of.complete ? "" : " Reading took too long, so these are not all."}`}>
    ${of.links.length === 0 ? html`<p>There are none.</p>` : html`<ul>${of.links.map((one) => html`<li key=${one}><code>${one}</code></li>`)}</ul>`}
  <//>`;
}

function Trigger({ of }) {
  return html`<${Panel} title="The trigger" wide>
    <dl class="figures">
      <${Figure} name="Last fired" value=${of.fired_at ? html`<${When} at=${of.fired_at} far />` : "never"} note=${of.rung ? `step ${of.rung}` : null} />
      <${Figure} name="Fired" value=${count(of.fired)} note=${of.limit ? `of ${of.limit.of} that may ever fire` : null} />
      ${of.cooldown_until && html`<${Figure} name="Cooldown until" value=${html`<${When} at=${of.cooldown_until} far />`} />`}
      ${of.told_at && html`<${Figure} name="Decided, told at" value=${html`<${When} at=${of.told_at} far />`} note="it waits for late events" />`}
    </dl>
    ${
      of.holds.length === 0
        ? html`<p>Nothing would hold the next one back.</p>`
        : html`<p>The next one would be held back by:</p><ul class="holds">${of.holds.map(
            (one) => html`<li key=${one.by}><strong>${one.by}</strong> ${byClockHere(one.detail)}${one.until && html` until <${When} at=${one.until} far />`}</li>`,
          )}</ul>`
    }
  <//>`;
}

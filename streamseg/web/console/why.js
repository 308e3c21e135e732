// Why a contact is in a segment, or why not: one tree, with the figures that were compared.

import { useState } from "preact/hooks";
import { path, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Empty, Figure, Heading, html, Panel, SegmentLink, Trouble, Truth, When } from "./parts.js";
import { link, refine } from "./router.js";
import { count, inline, isInstant, spaced } from "./words.js";

const EVERY_MS = 3000;

export function Why({ id, segment, query }) {
  const asked = queryOf({ key: query.key, at: query.at });
  const answer = useAnswer(`contacts/${path(id)}/segments/${path(segment)}/why${asked}`, query.at ? 0 : EVERY_MS);
  const code = answer.problem?.code;
  return html`<${Heading} title=${`Why ${segment}?`} lead=${html`Of <a href=${link(["contacts", id])}>${id}</a>, in <${SegmentLink} name=${segment} />`} />
    ${
      code === "key_needed" || code === "no_key"
        ? html`<${KeyForm} id=${id} segment=${segment} problem=${answer.problem} given=${query.key} />`
        : code === "no_state"
          ? html`<${Empty} title="Nobody known by this id">It was never seen, was erased, or is forgotten.<//>`
          : html`<${Answer} answer=${answer} what="Asking" rows=${6}>${(data) => html`<${Reasons} data=${data} />`}<//>`
    }
    <${Moment} at=${query.at} />
    ${query.key && code === undefined && html`<${KeyForm} id=${id} segment=${segment} given=${query.key} />`}`;
}

/** The same question at an instant of the past, answered from the contact's own events. */
function Moment({ at }) {
  const [text, setText] = useState(() => (at ? localText(new Date(at)) : ""));
  function choose(event) {
    event.preventDefault();
    const chosen = new Date(text);
    if (!Number.isNaN(chosen.getTime())) refine({ at: chosen.toISOString() });
  }
  return html`<${Panel} title="At another time" note="From the contact's events, as far back as the topic keeps them.">
    <form class="inline" onSubmit=${choose}>
      <label>Instant <input type="datetime-local" step="1" value=${text} onInput=${(event) => setText(event.target.value)} required /></label>
      <button type="submit">Ask</button>
      ${at && html`<button type="button" class="quiet" onClick=${() => refine({ at: null })}>Now</button>`}
    </form>
  <//>`;
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

function Reasons({ data }) {
  const inside = data.rungs.some((one) => one.inside);
  return html`
    <p class=${`verdict ${inside ? "in" : "out"}`}>
      <strong>${inside ? "In" : data.truth === "unknown" ? "Not known" : "Not in"}</strong>
      ${data.rung && html`<span> ${inside ? "" : "the rung "}after ${data.rung}</span>`}${data.key && html`<span> for ${data.key}</span>`}
      ${data.entered_at && html`<span> since <${When} at=${data.entered_at} far /></span>`}
      <${Next} of=${data.rungs.find((one) => one.rung === data.rung)?.next ?? null} />
    </p>
    ${data.notes.map((note) => html`<p key=${note} class="note">${note}</p>`)}
    ${data.rungs.length > 1 && html`<${Rungs} rungs=${data.rungs} />`}
    <${Panel} title="The conditions" wide><ul class="tree"><${Part} part=${data.tree} /></ul><//>
    ${data.trigger && html`<${Trigger} of=${data.trigger} />`}
    ${data.links.length > 0 && html`<${Panel} title="Records"><ul>${data.links.map((one) => html`<li key=${one}><code>${one}</code></li>`)}</ul><//>`}
    <p class="note">As committed at <${When} at=${data.at} />${data.history_from ? html`, by records from <${When} at=${data.history_from} /> on` : ""}${data.state.lag ? `; ${count(data.state.lag)} records wait to be read` : ""}.</p>`;
}

function Next({ of }) {
  if (of === null) return null;
  if (of.to === null) return html`<span class="next-change">no change before <${When} at=${of.at} far /></span>`;
  const words = { true: "if nothing happens it holds", false: "if nothing happens it ends", unknown: "if nothing happens it is not known" };
  return html`<span class="next-change">${words[of.to]} <${When} at=${of.at} far /></span>`;
}

function Rungs({ rungs }) {
  return html`<ol class="rungs" aria-label="Rungs">
    ${rungs.map(
      (one) => html`<li key=${one.rung} class=${one.inside ? "in" : "out"}>
        <${Truth} of=${one.truth} />after ${one.rung}
        <span class="faint">${one.entered_at ? html` entered <${When} at=${one.entered_at} />` : ""}</span>
        <${Next} of=${one.next} />
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

function Trigger({ of }) {
  return html`<${Panel} title="The trigger" wide>
    <dl class="figures">
      <${Figure} name="Last fired" value=${of.fired_at ? html`<${When} at=${of.fired_at} far />` : "never"} />
      <${Figure} name="Fired" value=${count(of.fired)} note=${of.limit ? `of ${of.limit.of} that may ever fire` : null} />
      ${of.cooldown_until && html`<${Figure} name="Cooldown until" value=${html`<${When} at=${of.cooldown_until} far />`} />`}
      ${of.told_at && html`<${Figure} name="Decided, told at" value=${html`<${When} at=${of.told_at} far />`} note="it waits for late events" />`}
    </dl>
    ${
      of.holds.length === 0
        ? html`<p>Nothing would hold the next one back.</p>`
        : html`<p>The next one would be held back:</p><ul class="holds">${of.holds.map(
            (one) => html`<li key=${one.by}><strong>${one.by}</strong> ${one.detail}${one.until && html` until <${When} at=${one.until} far />`}</li>`,
          )}</ul>`
    }
  <//>`;
}

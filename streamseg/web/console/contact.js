// A contact: the segments it is in, what comes next, what is known of it, and its timeline.

import { useState } from "preact/hooks";
import { path, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Choice, Empty, Heading, html, Panel, SegmentLink, When } from "./parts.js";
import { go, link } from "./router.js";
import { count, figuresOf, inline, KINDS, money, reasonOf, spaced } from "./words.js";

const EVERY_MS = 3000;
const SPANS = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };
const MOST_LINKS = 30;

/** The way to a contact: its id. */
export function Finder({ id = "" }) {
  const [text, setText] = useState(id);
  function find(event) {
    event.preventDefault();
    if (text.trim()) go(link(["contacts", text.trim()]));
  }
  return html`<form class="finder" role="search" onSubmit=${find}>
    <label class="unseen" for="finder">Find a contact by its id</label>
    <input id="finder" type="search" placeholder="Find a contact by id" autocomplete="off" autocapitalize="none" spellcheck=${false}
      value=${text} onInput=${(event) => setText(event.target.value)} />
    <button type="submit">Find</button>
  </form>`;
}

export function Contacts() {
  return html`<${Heading} title="Contacts" lead="One contact at a time: the segments it is in, and why." />
    <${Empty} title="Whom are you looking for?">
      Type an id into the field above, as your shop writes it in its events. Or choose somebody from <a href=${link(["live"])}>Live</a>.
    <//>`;
}

export function Contact({ id, query, serves }) {
  const raw = query.raw === "1" ? "1" : null;
  const answer = useAnswer(`contacts/${path(id)}${queryOf({ raw })}`, EVERY_MS);
  const missing = answer.problem?.code === "no_state";
  return html`<${Heading} title=${id} lead="Contact">
      ${serves("/stream") && html`<a class="button" href=${link(["live"], { contact: id })}>Watch it live</a>`}
    <//>
    ${
      missing
        ? html`<${Empty} title="Nobody known by this id">It was never seen, was erased, or is forgotten. Ids are told apart by case, and are those of the <code>contact</code> field of events; a pseudonym of what was held back leads to nobody.<//>`
        : html`<${Answer} answer=${answer} what="Loading the contact" rows=${6}>${(data) => html`<${Known} data=${data} raw=${raw} id=${id} />`}<//>`
    }
    ${serves("/contacts/{contact}/timeline") && !missing && html`<${Timeline} id=${id} query=${query} />`}`;
}

function Known({ data, raw, id }) {
  return html`${data.merged_into && html`<p class="trouble slim">It was merged into <a href=${link(["contacts", data.merged_into])}>${data.merged_into}</a>, which is shown.</p>`}
    <div class="columns two">
      <${Panel} title="In these segments">
        ${data.segments.length === 0 ? html`<p class="note">In none just now.</p>` : html`<${Stays} stays=${data.segments} id=${id} />`}
        <${Asking} id=${id} known=${data.segments} />
      <//>
      <${Panel} title="What comes next">
        ${
          data.next === null
            ? html`<p class="note">Nothing, unless something happens: time alone changes no segment of this contact.</p>`
            : html`<p class="next"><${When} at=${data.next.at} far /></p>
              <p>If nothing happens until then, ${data.next.segments.map((name, at) => html`${at > 0 && ", "}<${SegmentLink} name=${name} />`)} may change.</p>`
        }
      <//>
      <${Panel} title="Cart"><${Cart} cart=${data.cart} /><//>
      <${Panel} title="Attributes"><${Pairs} of=${data.attributes} empty="None that your rules look at." /><//>
    </div>
    ${raw && html`<${Panel} title="All that is remembered" wide><${Remembered} rows=${data.raw ?? []} /><//>`}
    <p class="note">As of <${When} at=${data.at} />${data.state.lag ? `; ${count(data.state.lag)} newer records are still to be read` : ""}.
      ${" "}<a href=${link(["contacts", id], { raw: raw ? null : "1" })}>${raw ? "Hide what is remembered" : "Show all that is remembered"}</a></p>`;
}

function Stays({ stays, id }) {
  return html`<table class="list"><tbody>
    ${stays.map(
      (one) => html`<tr key=${`${one.segment} ${one.rung} ${one.key}`}>
        <th scope="row"><a class="segment" href=${link(["contacts", id, one.segment], { key: one.key })}>${one.segment}</a>
          ${one.rung && html`<span class="faint"> step ${one.rung}</span>`}${one.key && html`<span class="faint"> for ${one.key}</span>`}</th>
        <td>since <${When} at=${one.entered_at} far /></td>
      </tr>`,
    )}
  </tbody></table>`;
}

/** Why, and above all why not: of any segment. */
function Asking({ id }) {
  const { data } = useAnswer("segments");
  const names = data?.segments.map((one) => one.segment) ?? [];
  if (names.length === 0) return null;
  if (names.length > MOST_LINKS) {
    return html`<h3>Why, or why not?</h3><div class="filters"><${Choice} label="Segment" none="of which segment" names=${names} value=""
      onChoose=${(name) => name && go(link(["contacts", id, name]))} /></div>`;
  }
  return html`<nav class="asking" aria-label="Why it is in a segment, or is not">
    <h3>Why, or why not?</h3>
    <ul>${names.map((name) => html`<li key=${name}><a href=${link(["contacts", id, name])}>${name}</a></li>`)}</ul>
  </nav>`;
}

function Cart({ cart }) {
  if (cart === null || !cart.items?.length) return html`<p class="note">Nothing in it, or no rule looks at carts.</p>`;
  return html`<table class="list">
    <thead><tr><th scope="col">Product</th><th scope="col" class="number">Number</th><th scope="col" class="number">Price</th></tr></thead>
    <tbody>${cart.items.map(
      (one) => html`<tr key=${one.product}>
        <th scope="row"><a href=${link(["products", one.product])}>${one.name ?? one.product}</a></th>
        <td class="number">${count(one.quantity)}</td><td class="number">${one.price === null || one.price === undefined ? "–" : money(one.price)}</td>
      </tr>`,
    )}</tbody>
    ${cart.total !== null && cart.total !== undefined && html`<tfoot><tr><th scope="row" colspan="2">In all</th><td class="number">${money(cart.total)}</td></tr></tfoot>`}
  </table>`;
}

export function Pairs({ of, empty }) {
  const rows = Object.entries(of ?? {});
  if (rows.length === 0) return html`<p class="note">${empty}</p>`;
  return html`<dl class="pairs">${rows.map(([name, value]) => html`<div key=${name}><dt>${spaced(name)}</dt><dd>${inline(value)}</dd></div>`)}</dl>`;
}

function Remembered({ rows }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="All that is remembered"><table class="list">
    <thead><tr><th scope="col">What</th><th scope="col">Key</th><th scope="col">Value</th></tr></thead>
    <tbody>${rows.map(
      (one, at) => html`<tr key=${at}><th scope="row">${one.what}</th><td>${one.key ?? ""}</td><td><code>${JSON.stringify(one.value)}</code></td></tr>`,
    )}</tbody>
  </table></div>`;
}

function Timeline({ id, query }) {
  const since = query.since ?? "24h";
  const answer = useAnswer(`contacts/${path(id)}/timeline${queryOf({ since, cursor: query.before })}`);
  return html`<${Panel} title="Timeline" wide>
    <nav class="spans" aria-label="How far back">
      ${Object.entries(SPANS).map(([one, name]) => html`<a key=${one} href=${link(["contacts", id], { ...query, since: one, before: null })} aria-current=${one === since ? "true" : null}>${name}</a>`)}
      <button type="button" class="quiet" onClick=${answer.again}>Read again</button>
    </nav>
    <${Answer} answer=${answer} what="Reading the topics">${(data) => html`
      ${!data.complete && html`<p class="note">Reading took too long, so this is not all of it. Choose a shorter time.</p>`}
      ${
        data.entries.length === 0
          ? html`<${Empty} title="Nothing in this time">No event of this contact, and nothing told of it.<//>`
          : html`<ol class="timeline">${data.entries.map((one) => html`<${Entry} key=${`${one.stream} ${one.place}`} one=${one} id=${id} />`)}</ol>`
      }
      <nav class="spans" aria-label="Pages of the timeline">
        ${query.before && html`<a href=${link(["contacts", id], { ...query, before: null })}>The latest</a>`}
        ${data.cursor && html`<a href=${link(["contacts", id], { ...query, before: data.cursor })}>Earlier</a>`}
      </nav>`}<//>
  <//>`;
}

function Entry({ one, id }) {
  const told = one.value ?? {};
  const name = KINDS[one.type] ?? one.type;
  return html`<li class=${`entry ${one.stream}`}>
    <${When} at=${one.at} />
    <span class="kind">${name}</span>
    <span class="what">
      ${told.segment && html`<a class="segment" href=${link(["contacts", id, told.segment], { key: told.key })}>${told.segment}</a>`}
      ${told.rung && html`<span class="faint"> step ${told.rung}</span>`}${told.key && html`<span class="faint"> for ${told.key}</span>`}
      ${told.reason && html`<span class="reason">${reasonOf(told)}</span>`}
      ${told.segment && html` <a class="faint" href=${link(["contacts", id, told.segment], { key: told.key, at: one.at })}>why then</a>`}
      <span class="context">${one.stream === "events" ? figuresOf(told.data) : figuresOf(told.context)}</span>
      <details class="record"><summary>record ${one.place}</summary><pre>${JSON.stringify(told, null, 2)}</pre></details>
    </span>
  </li>`;
}

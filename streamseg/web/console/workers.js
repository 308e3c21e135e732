// The workers of the group; and a product, as they know it.

import { path } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Empty, Figure, Heading, html, Panel, Trouble, When } from "./parts.js";
import { Part } from "./segments.js";
import { bytes, compact, count, money, plural } from "./words.js";

const EVERY_MS = 2000;

export function Workers() {
  const answer = useAnswer("workers", EVERY_MS);
  return html`<${Heading} title="Workers" lead="Who runs your rules, on which partitions, and how far behind." />
    <${Answer} answer=${answer} what="Asking the workers">${(data) => html`
      <${Part} of=${data.partitions} />
      ${data.silent.length > 0 && html`<${Trouble} problem=${{ detail: `No answer from ${data.silent.join(", ")}.` }} />`}
      ${new Set(data.workers.map((one) => one.rules)).size > 1 && html`<${Trouble} problem=${{ detail: "The workers have different rules: restart those with the older file." }} />`}
      ${data.workers.map((one, at) => html`<${Worker} key=${one.url ?? at} one=${one} />`)}
      <${Topics} of=${data.topics} />`}<//>`;
}

/** Where the topics can be browsed, if somebody has said so. */
function Topics({ of }) {
  const rows = Object.entries(of);
  if (rows.length === 0) return null;
  return html`<${Panel} title="Topics" wide><ul class="links">${rows.map(([name, url]) => html`<li key=${name}><a href=${url}>${name}</a></li>`)}</ul><//>`;
}

function Worker({ one }) {
  const contacts = one.partitions.filter((partition) => partition.kind === "events").reduce((sum, partition) => sum + partition.contacts, 0);
  const lag = one.partitions.reduce((sum, partition) => sum + total(partition.lag), 0);
  return html`<${Panel} title=${one.url ?? "A worker without an address"} wide
      note=${`Version ${one.version}, engine ${one.compiled ? "compiled" : "in Python"}, rules ${one.rules ?? "unknown"}`}>
    <dl class="figures">
      <${Figure} name="Ready" value=${`${count(one.ready)} of ${count(one.assigned ?? 0)}`} note=${one.assigned === null ? "the group is rebalancing" : "partitions"} />
      <${Figure} name="Contacts" value=${compact(contacts)} />
      <${Figure} name="State" value=${bytes(one.partitions.reduce((sum, partition) => sum + partition.state_bytes, 0))} />
      <${Figure} name="Waiting" value=${compact(lag)} note=${lag === 1 ? "record" : "records"} />
    </dl>
    ${
      one.partitions.length === 0
        ? html`<${Empty} title="It stands by">There are no partitions for it: the group has as many workers as partitions, or more.<//>`
        : html`<${Partitions} of=${one.partitions} />`
    }
  <//>`;
}

const total = (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0);

function Partitions({ of }) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Partitions"><table class="list">
    <thead><tr>
      <th scope="col">Partition</th><th scope="col">Phase</th><th scope="col" class="number">Waiting</th>
      <th scope="col" class="number">Behind</th><th scope="col" class="number">Ids</th><th scope="col" class="number">State</th>
    </tr></thead>
    <tbody>${of.map(
      (one) => html`<tr key=${`${one.kind} ${one.partition}`}>
        <th scope="row">${one.kind} ${one.partition}</th>
        <td>${one.phase === "restoring" ? html`restoring <progress max=${one.restore_total || 1} value=${one.restored} aria-label="restored" />` : one.phase}</td>
        <td class="number">${count(total(one.lag))}</td>
        <td class="number">${(Math.max(0, ...Object.values(one.event_lag_ms)) / 1000).toFixed(1)} s</td>
        <td class="number">${compact(one.contacts)}</td><td class="number">${bytes(one.state_bytes)}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

export function Product({ id }) {
  const answer = useAnswer(`products/${path(id)}`, EVERY_MS);
  return html`<${Heading} title=${id} lead="Product" />
    ${
      answer.problem?.code === "no_product"
        ? html`<${Empty} title="Nothing is known of it">No event of the products' topic named this id, or no rule asks for products.<//>`
        : html`<${Answer} answer=${answer} what="Asking">${(one) => html`
          <${Part} of=${one.partitions} />
          <dl class="figures">
            <${Figure} name="Stock" value=${one.out_of_stock ? "sold out" : (one.stock ?? "–")} />
            <${Figure} name="Price" value=${one.price === null ? "–" : `${money(one.price)} ${one.currency ?? ""}`} />
            <${Figure} name="Contacts with it" value=${count(one.waiting)} note="as a key of a segment" />
            <${Figure} name="Changed" value=${html`<${When} at=${one.changed_at} far />`} />
          </dl>
          <p class="note">${[one.name, one.brand, one.category].filter(Boolean).join(" · ")}
            ${one.turns.length > 0 && ` Its stock turned ${plural(one.turns.length, "time")} of late.`}</p>`}<//>`
    }`;
}

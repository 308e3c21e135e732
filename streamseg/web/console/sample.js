// A test of rules on sample events: what they would tell, by a replay in the worker's machine.

import { useState } from "preact/hooks";
import { ask, Problem } from "./api.js";
import { useStored } from "./asking.js";
import { Empty, html, Panel, Trouble, When } from "./parts.js";
import { byClockHere, KINDS, plural, reasonOf } from "./words.js";

const EVENTS = "streamseg.sample";

/** Two contacts and a product, since three days ago, so that time has something to do. */
function firstSample() {
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3 * 86_400_000;
  const at = (minutes) => new Date(start + minutes * 60_000).toISOString();
  return [
    { id: "s1", type: "cart_item_added", contact: "ann", time: at(0), data: { product: "bag", price: 199 } },
    { id: "s2", type: "stock_changed", product: "hat", time: at(5), data: { quantity: 0 } },
    { id: "s3", type: "product_viewed", contact: "bob", time: at(10), data: { product: "hat" } },
    { id: "s4", type: "stock_changed", product: "hat", time: at(120), data: { quantity: 7 } },
    { id: "s5", type: "order_placed", contact: "ann", time: at(480), data: { order: "o1", total: 199 } },
    { id: "s6", type: "session_started", contact: "bob", time: at(2880), data: {} },
  ]
    .map((event) => JSON.stringify(event))
    .join("\n");
}

export function Sample({ yaml }) {
  const [events, setEvents] = useStored(EVENTS, null);
  const [state, setState] = useState({ isRunning: false, found: null, problem: null });
  const text = events ?? firstSample();
  async function run(event) {
    event.preventDefault();
    setState({ isRunning: true, found: null, problem: null });
    try {
      setState({ isRunning: false, found: await ask("rules/backtest", { body: { yaml, events: text } }), problem: null });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "error", String(error));
      setState({ isRunning: false, found: null, problem });
    }
  }
  return html`<${Panel} title="Test it on sample events" wide
      note="One event a line, as your shop writes them, of contacts and products. Time runs from the first to three days behind the last.">
    <form onSubmit=${run}>
      <label for="sample-events" class="unseen">Sample events, one JSON object a line</label>
      <textarea id="sample-events" class="plain" rows="8" wrap="off" spellcheck=${false} value=${text} onInput=${(event) => setEvents(event.target.value)}></textarea>
      <div class="actions">
        <button type="submit" disabled=${state.isRunning}>${state.isRunning ? "Running…" : "Run the test"}</button>
        ${events !== null && html`<button type="button" class="quiet" onClick=${() => setEvents(null)}>The first sample again</button>`}
      </div>
    </form>
    <div aria-live="polite">
      ${state.problem && html`<${Trouble} problem=${state.problem} />`}
      ${state.found && html`<${Outcome} found=${state.found} />`}
    </div>
  <//>`;
}

function Outcome({ found }) {
  const refused = Object.entries(found.refused);
  return html`
    <p>${plural(found.fired, "trigger")} would fire, ${found.held_back} would be held back.
      ${found.told.length < found.fired + found.held_back + found.cancelled ? ` The first ${found.told.length} are shown.` : ""}</p>
    ${refused.length > 0 && html`<p class="trouble slim">Refused: ${refused.map(([code, number]) => `${number} × ${code}`).join(", ")}${found.first_refused && html`. Line ${found.first_refused.line}: ${found.first_refused.message}`}</p>`}
    ${
      found.told.length === 0
        ? html`<${Empty} title="Nothing would fire">Do the events fit the rules, and is the time between them long enough?<//>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="What would be told"><table class="list">
            <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Contact</th><th scope="col">Segment</th><th scope="col">Why</th></tr></thead>
            <tbody>${found.told.map(
              (one, at) => html`<tr key=${at}>
                <td><${When} at=${one.entered_at} /></td><td>${KINDS[one.type] ?? one.type}</td><td>${one.contact}</td>
                <td>${one.segment}${one.rung && html` <span class="faint">step ${one.rung}</span>`}${one.key && html` <span class="faint">for ${one.key}</span>`}</td>
                <td>${one.reason ? reasonOf(one) : byClockHere((one.why ?? []).join("; "), one.entered_at)}</td>
              </tr>`,
            )}</tbody>
          </table></div>`
    }`;
}

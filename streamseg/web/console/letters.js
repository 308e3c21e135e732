// Dead letters: records that were refused, why, and sending them again once the cause is mended.

import { useRef, useState } from "preact/hooks";
import { ask, Problem, query as queryOf } from "./api.js";
import { useAnswer } from "./asking.js";
import { Answer, Copy, Download, Empty, Heading, html, Trouble, When } from "./parts.js";
import { link } from "./router.js";
import { bytes, count, plural } from "./words.js";

export function Letters({ query, serves }) {
  const can = serves("/dlq");
  const answer = useAnswer(can ? `dlq${queryOf({ code: query.code, source: query.source })}` : null);
  if (!can) return html`<${Heading} title="Dead letters" /><${Empty} title="This worker does not show them">Use <code>streamseg dlq list</code>.<//>`;
  return html`<${Heading} title="Dead letters" lead="Records that were refused. Nothing of them is lost: mend the cause, and send them again.">
      <button type="button" onClick=${answer.again}>Read again</button>
    <//>
    <${Answer} answer=${answer} what="Reading the topic of dead letters" rows=${6}>${(data) => html`
      <${Chips} label="By code" of=${data.codes} name="code" query=${query} />
      <${Chips} label="By topic" of=${data.sources} name="source" query=${query} />
      ${!data.complete && html`<p class="note">Only the latest were looked at; <code>streamseg dlq list</code> shows all.</p>`}
      ${
        data.letters.length === 0
          ? html`<${Empty} title=${query.code || query.source ? "None of this kind" : "No dead letters"}>Every record that came was understood.<//>`
          : html`<${List} letters=${data.letters} again=${answer.again} sends=${serves("/dlq/replay")} />`
      }`}<//>`;
}

/** A choice of some of the letters: by code, or by the topic of the refused record. */
function Chips({ label, of, name, query }) {
  const rows = Object.entries(of).sort(([, a], [, b]) => b - a);
  const chosen = query[name];
  if (rows.length < 2 && !chosen) return null;
  const to = (value) => link(["letters"], { ...query, [name]: value });
  const all = chosen && !(chosen in of) ? [[chosen, 0], ...rows] : rows;
  return html`<nav class="chips" aria-label=${label}>
    <a href=${to(null)} class="chip" aria-current=${chosen ? null : "true"}>all</a>
    ${all.map(([one, number]) => html`<a key=${one} href=${to(one)} class="chip" aria-current=${one === chosen ? "true" : null}>${one} ${count(number)}</a>`)}
  </nav>`;
}

/** Letters as lines of JSON. */
const linesOf = (letters) => letters.map((one) => `${JSON.stringify(one)}\n`).join("");

function List({ letters, again, sends }) {
  const [chosen, setChosen] = useState(new Set());
  const dialog = useRef(null);
  const able = letters.filter((one) => !one.resent).map((one) => one.place);
  const picked = able.filter((place) => chosen.has(place));
  const toggle = (place) => {
    const next = new Set(chosen);
    if (!next.delete(place)) next.add(place);
    setChosen(next);
  };
  return html`
    <div class="actions bar-of-actions">
      ${sends && html`<label><input type="checkbox" checked=${able.length > 0 && picked.length === able.length} disabled=${able.length === 0}
        onChange=${(event) => setChosen(new Set(event.target.checked ? able : []))} /> All that can be sent</label>`}
      <span class="actions">
        <${Download} text=${linesOf(picked.length ? letters.filter((one) => chosen.has(one.place)) : letters)} name="dead-letters.ndjson" type="application/x-ndjson">Download ${picked.length || "all"}<//>
        ${sends && html`<button type="button" disabled=${picked.length === 0} onClick=${() => dialog.current.showModal()}>Send ${picked.length || ""} again…</button>`}
      </span>
    </div>
    <ul class="letters">${letters.map(
      (one) => html`<${Letter} key=${one.place} one=${one} isChosen=${chosen.has(one.place)} toggle=${sends && able.includes(one.place) ? toggle : null} />`,
    )}</ul>
    <${Sending} dialog=${dialog} places=${picked} done=${() => {
      setChosen(new Set());
      again();
    }} />`;
}

function Letter({ one, isChosen, toggle }) {
  return html`<li class="letter">
    ${toggle ? html`<input type="checkbox" aria-label=${`choose ${one.place}`} checked=${isChosen} onChange=${() => toggle(one.place)} />` : html`<span aria-hidden="true"></span>`}
    <details>
      <summary>
        <${When} at=${one.written_at} /> <code class="code">${one.code}</code>
        <span class="message">${one.message}</span>
        ${one.resent && html`<span class="chip">sent again</span>`}
      </summary>
      <dl class="pairs">
        <div><dt>refused record</dt><dd><code>${one.source}</code></dd></div>
        <div><dt>letter</dt><dd><code>${one.place}</code></dd></div>
        <div><dt>key</dt><dd><code>${one.key ?? "none"}</code></dd></div>
        <div><dt>size</dt><dd>${bytes(one.size)}</dd></div>
      </dl>
      ${one.value !== null && html`<pre>${one.value}</pre><${Copy} text=${one.value}>Copy<//>`}
      ${one.value_hex !== null && html`<p class="note">The value is no text; its bytes in hexadecimal:</p><pre class="hex">${one.value_hex}</pre>`}
    </details>
  </li>`;
}

function Sending({ dialog, places, done }) {
  const [rekey, setRekey] = useState(false);
  const [state, setState] = useState({ isSending: false, sent: null, problem: null });
  async function send() {
    setState({ isSending: true, sent: null, problem: null });
    try {
      setState({ isSending: false, sent: await ask("dlq/replay", { body: { letters: places, rekey } }), problem: null });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "error", String(error));
      setState({ isSending: false, sent: null, problem });
    }
  }
  function closed() {
    if (state.sent !== null) done();
    setState({ isSending: false, sent: null, problem: null });
  }
  return html`<dialog ref=${dialog} aria-labelledby="sending-title" onClose=${closed}>
    <h2 id="sending-title">${state.sent ? "Sent again" : `Send ${plural(places.length, "letter")} again?`}</h2>
    ${
      state.sent
        ? html`<p>${plural(state.sent.sent, "letter")} sent, ${state.sent.left} left.</p>
            <ul class="note">${state.sent.letters.map((one) => html`<li key=${one.letter}><code>${one.letter}</code> ${one.became}</li>`)}</ul>
            <button type="button" autofocus onClick=${() => dialog.current.close()}>Close</button>`
        : html`<p>Each goes to its own topic as it came, at most once, whoever asks. If the cause is not mended it is refused again.</p>
            <p><label><input type="checkbox" checked=${rekey} onChange=${(event) => setRekey(event.target.checked)} /> Put wrong keys and partitions right</label></p>
            ${state.problem && html`<${Trouble} problem=${state.problem} />`}
            <div class="actions">
              <button type="button" disabled=${state.isSending} onClick=${send}>${state.isSending ? "Sending…" : "Send"}</button>
              <button type="button" class="quiet" onClick=${() => dialog.current.close()}>Cancel</button>
            </div>`
    }
  </dialog>`;
}

// Rules: those in force, a draft that is checked while it is typed, and a test of it on sample events.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ask } from "./api.js";
import { passes, useAnswer, useStored } from "./asking.js";
import { around, diff } from "./diff.js";
import { Download, Heading, html, Loading, Panel, Trouble } from "./parts.js";
import { Sample } from "./sample.js";
import { plural } from "./words.js";

const PAUSE_MS = 300;
const EVERY_MS = 5000;
const DRAFT = "streamseg.draft";
const BEGUN = "streamseg.draft.begun";
const CHANGES = { "+": "added", "-": "removed", " ": "same" };

const FIRST = `version: 1
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [1h, 24h]}
`;

export function Rules({ serves }) {
  const inForce = useAnswer(serves("/rules") ? "rules" : null, EVERY_MS);
  const draft = useDraft(inForce.data);
  if (serves("/rules") && inForce.data === null) {
    return html`<${Heading} title="Rules" />${inForce.problem ? html`<${Trouble} problem=${inForce.problem} again=${inForce.again} />` : html`<${Loading} what="Loading the rules" />`}`;
  }
  const lead = inForce.data ? `In force: ${inForce.data.file.split("/").pop()}, version ${inForce.data.hash}` : "A draft to check; nothing here changes what runs.";
  return html`<${Heading} title="Rules" lead=${lead}>
      ${draft.isOne && html`<button type="button" onClick=${draft.drop}>Back to those in force</button>`}
      <${Download} text=${draft.text} name="rules.yaml" type="application/yaml">Download<//>
    <//>
    ${inForce.problem && html`<${Trouble} problem=${inForce.problem} stale />`}
    ${draft.overtaken && html`<${Overtaken} draft=${draft} now=${inForce.data} />`}
    <${Editor} text=${draft.text} onText=${draft.write} isDraft=${draft.isOne} />
    ${draft.isOne && inForce.data && html`<${Panel} title="What your draft changes" wide><${Changes} label="Lines that your draft changes" before=${inForce.data.yaml} after=${draft.text} /><//>`}
    ${serves("/rules/backtest") && html`<${Sample} yaml=${draft.text} />`}
    <${Panel} title="To put a draft in force" note="Save it as the rule file of the workers and restart them, one by one. Contacts keep what is remembered of them." />`;
}

/** The text that is edited, and the rules that it began from: others may be in force by the time it is done. */
function useDraft(inForce) {
  const [text, setText] = useStored(DRAFT, null);
  const [begun, setBegun] = useStored(BEGUN, null);
  const original = inForce?.yaml ?? FIRST;
  const isOne = text !== null && text !== original;
  const from = begun === null ? null : JSON.parse(begun);
  const noted = () => setBegun(inForce && JSON.stringify({ hash: inForce.hash, yaml: inForce.yaml }));
  return {
    text: text ?? original,
    isOne,
    overtaken: isOne && from !== null && inForce && from.hash !== inForce.hash ? from : null,
    write(next) {
      if (!isOne) noted();
      setText(next === original ? null : next);
    },
    keep: noted,
    drop: () => setText(null),
  };
}

/** Somebody else has put other rules in force meanwhile. */
function Overtaken({ draft, now }) {
  return html`<section class="trouble slim" role="alert" aria-label="Other rules are in force">
    <p><strong>Other rules are in force by now:</strong> ${now.hash}. Your draft began from ${draft.overtaken.hash}, so it lacks what was changed since:</p>
    <${Changes} label="Lines that others changed" before=${draft.overtaken.yaml} after=${now.yaml} />
    <div class="actions">
      <button type="button" onClick=${draft.keep}>Keep my draft</button>
      <button type="button" class="quiet" onClick=${draft.drop}>Drop it</button>
    </div>
  </section>`;
}

function Changes({ label, before, after }) {
  const lines = useMemo(() => around(diff(before, after)), [before, after]);
  return html`<div class="scroll changes" tabindex="0" role="region" aria-label=${label}><table>
    <thead class="unseen"><tr><th scope="col">Line before</th><th scope="col">Line after</th><th scope="col">Change</th><th scope="col">Text</th></tr></thead>
    <tbody>${lines.map((one, at) =>
      one === null
        ? html`<tr key=${at} class="left-out"><td colspan="4">⋯</td></tr>`
        : html`<tr key=${at} class=${CHANGES[one.sign]}>
            <td class="number">${one.before ?? ""}</td><td class="number">${one.after ?? ""}</td>
            <td><span aria-hidden="true">${one.sign}</span><span class="unseen">${CHANGES[one.sign]}</span></td><td><code>${one.text || " "}</code></td>
          </tr>`,
    )}</tbody>
  </table></div>`;
}

/** What a check finds of a text, once typing pauses; the one before stays until then. */
function useCheck(text) {
  const [state, setState] = useState({ of: null, found: null, problem: null });
  useEffect(() => {
    const stopping = new AbortController();
    let timer = setTimeout(run, PAUSE_MS);
    async function run() {
      try {
        const found = await ask("rules/check", { body: { yaml: text }, signal: stopping.signal });
        setState({ of: text, found, problem: null });
      } catch (problem) {
        if (stopping.signal.aborted) return;
        if (problem.code !== "busy") setState({ of: text, found: null, problem }); // else what was typed before is checked
        if (passes(problem)) timer = setTimeout(run, 1000 * (problem.retryAfter ?? 1));
      }
    }
    return () => {
      stopping.abort();
      clearTimeout(timer);
    };
  }, [text]);
  return { ...state, isChecking: state.of !== text };
}

function Editor({ text, onText, isDraft }) {
  const area = useRef(null);
  const gutter = useRef(null);
  const check = useCheck(text);
  const bad = new Set(check.found?.errors.map((one) => one.line));
  const lines = text.split("\n");
  function jump(line, column) {
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const at = before + Math.min(column - 1, (lines[line - 1] ?? "").length);
    area.current.focus();
    area.current.setSelectionRange(at, at);
    area.current.scrollTop = Math.max(0, (line - 5) * (area.current.scrollHeight / Math.max(1, lines.length)));
  }
  return html`<${Panel} wide>
    <div class="editor-head"><label for="rules-text">Rules as YAML${isDraft ? " (draft)" : ""}</label><${Verdict} check=${check} /></div>
    <div class="editor">
      <pre ref=${gutter} class="gutter" aria-hidden="true">${lines.map((_, at) => html`<span key=${at} class=${bad.has(at + 1) ? "bad" : null}>${at + 1}${"\n"}</span>`)}</pre>
      <textarea id="rules-text" ref=${area} spellcheck=${false} autocapitalize="none" autocomplete="off" wrap="off" rows="18"
        aria-describedby="rules-found" aria-invalid=${bad.size > 0 ? "true" : null} value=${text}
        onInput=${(event) => onText(event.target.value)}
        onScroll=${() => {
          gutter.current.scrollTop = area.current.scrollTop;
        }}></textarea>
    </div>
    <div id="rules-found">
      ${check.problem && html`<${Trouble} problem=${check.problem} />`}
      <${Findings} of=${check.found?.errors ?? []} kind="error" jump=${jump} />
      <${Findings} of=${check.found?.warnings ?? []} kind="warning" jump=${jump} />
    </div>
  <//>`;
}

function Verdict({ check }) {
  let [word, text] = ["checking", "Checking…"];
  if (check.problem) [word, text] = ["bad", "Not checked"];
  else if (check.found && !check.found.ok) [word, text] = ["bad", plural(check.found.errors.length, "error")];
  else if (check.found) {
    const warned = check.found.warnings.length ? `, ${plural(check.found.warnings.length, "warning")}` : "";
    [word, text] = ["good", `${plural(check.found.segments.length, "segment")}, no error${warned}`];
  }
  return html`<span class=${`verdict-line ${word} ${check.isChecking ? "old" : ""}`} role="status">${text}</span>`;
}

function Findings({ of, kind, jump }) {
  if (of.length === 0) return null;
  return html`<ul class="findings">${of.map(
    (one, at) => html`<li key=${at} class=${kind}>
      <button type="button" class="quiet" onClick=${() => jump(one.line, one.column)}>Line ${one.line}, column ${one.column}</button>
      <span><strong>${kind}</strong> ${one.message}</span>
    </li>`,
  )}</ul>`;
}

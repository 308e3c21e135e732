// Rules: those in force, a draft that is checked while it is typed, and a test of it on sample events.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api.js";
import { useAnswer, useStored } from "./asking.js";
import { Heading, html, Loading, Panel, Trouble } from "./parts.js";
import { Sample } from "./sample.js";
import { plural } from "./words.js";

const PAUSE_MS = 300;
const DRAFT = "streamseg.draft";

const FIRST = `version: 1
segments:
  - name: cart_left
    use: abandoned_cart
    with: {after: [1h, 24h]}
`;

export function Rules({ serves }) {
  const inForce = useAnswer(serves("/rules") ? "rules" : null);
  const [draft, setDraft] = useStored(DRAFT, null);
  if (serves("/rules") && inForce.data === null) {
    return html`<${Heading} title="Rules" />${inForce.problem ? html`<${Trouble} problem=${inForce.problem} again=${inForce.again} />` : html`<${Loading} what="Loading the rules" />`}`;
  }
  const original = inForce.data?.yaml ?? FIRST;
  const text = draft ?? original;
  const isDraft = text !== original;
  const lead = inForce.data ? `In force: ${inForce.data.file.split("/").pop()}, ${inForce.data.hash}` : "A draft to check; nothing here changes what runs.";
  return html`<${Heading} title="Rules" lead=${lead}>
      ${isDraft && html`<button type="button" onClick=${() => setDraft(null)}>Back to those in force</button>`}
      <${Download} text=${text} />
    <//>
    <${Editor} text=${text} onText=${setDraft} isDraft=${isDraft} />
    ${serves("/rules/backtest") && html`<${Sample} yaml=${text} />`}
    <${Panel} title="To put a draft in force" note="Save it as the rule file of the workers and restart them, one by one. Contacts keep what is remembered of them." />`;
}

function Download({ text }) {
  function save() {
    const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
    Object.assign(document.createElement("a"), { href: address, download: "rules.yaml" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
  return html`<button type="button" onClick=${save}>Download</button>`;
}

/** What a check finds of a text, once typing pauses; the one before stays until then. */
function useCheck(text) {
  const [state, setState] = useState({ of: null, found: null, problem: null });
  useEffect(() => {
    const stopping = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await ask("rules/check", { body: { yaml: text }, signal: stopping.signal });
        setState({ of: text, found, problem: null });
      } catch (problem) {
        if (!stopping.signal.aborted) setState({ of: text, found: null, problem });
      }
    }, PAUSE_MS);
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

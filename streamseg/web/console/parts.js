// The parts that all screens are made of.

import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import htm from "htm";
import { link } from "./router.js";
import { useNow } from "./asking.js";
import { clock, distance } from "./words.js";

export const html = htm.bind(h);

/** The head of a screen, which gets the focus when the screen is another. */
export function Heading({ title, lead, children }) {
  const ref = useRef(null);
  useEffect(() => {
    document.title = `${title} · Streamseg`;
  }, [title]);
  return html`<header class="heading">
    <div>
      <h1 ref=${ref} tabindex="-1" id="title">${title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
    </div>
    ${children && html`<div class="actions">${children}</div>`}
  </header>`;
}

export function Panel({ title, note, children, wide }) {
  return html`<section class=${wide ? "panel wide" : "panel"}>
    ${title && html`<h2>${title}</h2>`}${note && html`<p class="note">${note}</p>`}${children}
  </section>`;
}

/** Grey bars where an answer will stand. */
export function Loading({ what = "Loading", rows = 4 }) {
  return html`<div class="waiting" role="status">
    <span class="unseen">${what}…</span>
    ${Array.from({ length: rows }, (_, at) => html`<span key=${at} class="bar" aria-hidden="true"></span>`)}
  </div>`;
}

/** Nothing is there, and what would bring something. */
export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;
}

const WAYS_OUT = {
  no_tokens: "Open the console on the worker's own machine, or give it tokens: streamseg token new.",
  no_scope: "Ask for a token with this scope, or enter another one.",
  away: "It may be restarting. The page asks again by itself.",
  partition_moving: "The page asks again by itself.",
};

/** What went wrong, and what to do. With `stale` it stands above what was known before. */
export function Trouble({ problem, again, stale }) {
  if (problem.status === 401) return null; // the page asks for the token
  const way = WAYS_OUT[problem.code];
  return html`<div class=${stale ? "trouble slim" : "trouble"} role="alert">
    <p><strong>${stale ? "Not up to date. " : ""}</strong>${problem.detail}</p>
    ${way && html`<p class="note">${way}</p>`}
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** What to show of an answer: the wait, the trouble, or the children with its data. */
export function Answer({ answer, what, rows, children }) {
  const { data, problem, isWaiting, again } = answer;
  if (data === null) {
    return problem && !(isWaiting && problem.code === "busy") ? html`<${Trouble} problem=${problem} again=${again} />` : html`<${Loading} what=${what} rows=${rows} />`;
  }
  return html`${problem && html`<${Trouble} problem=${problem} stale />`}${children(data)}`;
}

/** An instant: its time of day, and the whole of it on hover. `far` adds how far it is. */
export function When({ at, far = false }) {
  const now = useNow(far ? 1000 : 60_000);
  if (!at) return html`<span class="faint">–</span>`;
  return html`<time datetime=${at} title=${at}>${clock(at, now)}${far && html` <span class="faint">${distance(at, now)}</span>`}</time>`;
}

export function ContactLink({ id }) {
  return html`<a class="contact" href=${link(["contacts", id])}>${id}</a>`;
}

export function SegmentLink({ name }) {
  return html`<a class="segment" href=${link(["segments", name])}>${name}</a>`;
}

const TRUTHS = {
  true: ["✓", "holds"],
  false: ["✗", "does not hold"],
  unknown: ["?", "is not known"],
};

export function Truth({ of }) {
  const [mark, word] = TRUTHS[of];
  return html`<span class=${`truth ${of}`}><span aria-hidden="true">${mark}</span><span class="unseen">${word}: </span></span>`;
}

/** A figure with its name. */
export function Figure({ name, value, note }) {
  return html`<div class="figure">
    <dt>${name}</dt>
    <dd>${value}${note && html`<span class="note">${note}</span>`}</dd>
  </div>`;
}

/** Whether what fires is more or less of late: a line of whole numbers. */
export function Sparkline({ values, label }) {
  const most = Math.max(1, ...values);
  const step = 100 / Math.max(1, values.length - 1);
  const points = values.map((value, at) => `${(at * step).toFixed(1)},${(23 - (value / most) * 21).toFixed(1)}`);
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${label}>
    <polygon points=${`0,24 ${points.join(" ")} 100,24`} />
    <polyline points=${points.join(" ")} vector-effect="non-scaling-stroke" />
  </svg>`;
}

/** A head of a column that sorts. */
export function SortHead({ name, column, order, onSort, number }) {
  const [by, down] = [order.replace(/^-/, ""), order.startsWith("-")];
  const is = by === column;
  const next = is && down ? column : `-${column}`;
  return html`<th scope="col" class=${number ? "number" : null} aria-sort=${is ? (down ? "descending" : "ascending") : null}>
    <button type="button" class="sort" onClick=${() => onSort(next)}>
      ${name}<span aria-hidden="true">${is ? (down ? " ↓" : " ↑") : ""}</span>
    </button>
  </th>`;
}

const MOST_IN_A_LIST = 100;

/** A choice of one of several names, or of `none`: a list; of very many a field that completes what is typed. */
export function Choice({ label, names, value, none, onChoose }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const chosen = (event) => onChoose(event.target.value);
  if (names.length <= MOST_IN_A_LIST) {
    return html`<label>${label}
      <select value=${value} onChange=${chosen}>
        ${none && html`<option value="">${none}</option>`}
        ${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    </label>`;
  }
  const near = names.filter((name) => name.toLowerCase().includes(text.toLowerCase())).slice(0, MOST_IN_A_LIST);
  const list = `names-${label.toLowerCase().replaceAll(" ", "-")}`;
  return html`<label>${label}
    <input type="search" list=${list} value=${text} placeholder=${none} autocomplete="off" spellcheck=${false}
      onInput=${(event) => setText(event.target.value)} onChange=${chosen} />
    <datalist id=${list}>${near.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
  </label>`;
}

/** A button that saves a text as a file. */
export function Download({ text, name, type, children }) {
  function save() {
    const address = URL.createObjectURL(new Blob([text], { type }));
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
  return html`<button type="button" onClick=${save}>${children}</button>`;
}

/** A button that copies a text, and says so. */
export function Copy({ text, children }) {
  const [done, setDone] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return;
    }
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  }
  return html`<button type="button" class="quiet" onClick=${copy}>
    <span aria-live="polite">${done ? "Copied" : children}</span>
  </button>`;
}

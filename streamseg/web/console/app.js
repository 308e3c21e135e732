// The page: its frame, which screen its address names, and who asks.

import { Component, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, served, token } from "./api.js";
import { Contact, Contacts, Finder } from "./contact.js";
import { Letters } from "./letters.js";
import { Live } from "./live.js";
import { Empty, Heading, html, Loading, Trouble } from "./parts.js";
import { link, useRoute } from "./router.js";
import { Rules } from "./rules.js";
import { Segment, Segments } from "./segments.js";
import { Why } from "./why.js";
import { Product, Workers } from "./workers.js";

const SCREENS = [
  ["live", "Live"],
  ["segments", "Segments"],
  ["contacts", "Contacts"],
  ["rules", "Rules"],
  ["letters", "Dead letters"],
  ["workers", "Workers"],
];

/** The screen of an address. */
function screenOf(parts, props) {
  const [name = "live", one, two] = parts;
  if (name === "live") return html`<${Live} ...${props} />`;
  if (name === "segments") return one ? html`<${Segment} name=${one} ...${props} />` : html`<${Segments} ...${props} />`;
  if (name === "contacts" && two) return html`<${Why} id=${one} segment=${two} ...${props} />`;
  if (name === "contacts") return one ? html`<${Contact} id=${one} ...${props} />` : html`<${Contacts} />`;
  if (name === "products" && one) return html`<${Product} id=${one} />`;
  if (name === "rules") return html`<${Rules} ...${props} />`;
  if (name === "letters") return html`<${Letters} ...${props} />`;
  if (name === "workers") return html`<${Workers} />`;
  return html`<${Heading} title="No such page" /><${Empty} title="There is nothing at this address"><a href=${link(["live"])}>To what happens now</a><//>`;
}

/** A fault of the page itself is told, and the way out stays. */
class Fence extends Component {
  state = { error: null };

  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidCatch(error) {
    console.error(error);
  }

  render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const problem = error instanceof Problem ? error : new Problem(0, "page", `This page has failed: ${error.message}`);
    return html`<${Heading} title="Something went wrong" /><${Trouble} problem=${problem} again=${() => this.setState({ error: null })} />`;
  }
}

function App() {
  const { parts, query } = useRoute();
  const [state, again] = useServed();
  const main = useRef(null);
  const first = useRef(true);
  const place = parts.join("/");
  useEffect(() => {
    if (!first.current) main.current?.querySelector("h1")?.focus();
    first.current = false;
    scrollTo(0, 0);
  }, [place]);
  const section = parts[0] ?? "live";
  return html`
    <a class="skip" href="#title" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${link(["live"])}><img src="console/icon.svg" alt="" width="26" height="26" /> Streamseg</a>
      <nav aria-label="Screens"><ul>${SCREENS.map(
        ([name, title]) => html`<li key=${name}><a href=${link([name])} aria-current=${name === section ? "page" : null}>${title}</a></li>`,
      )}</ul></nav>
      <div class="tools"><${Finder} key=${section === "contacts" ? parts[1] : ""} id=${section === "contacts" ? (parts[1] ?? "") : ""} /><${Theme} />${token.get() && html`<${Leave} />`}</div>
    </header>
    <main ref=${main}>
      ${screenOrTrouble(state, again, parts, query, place)}
    </main>
    <footer><span>Streamseg ${state.version ?? ""}</span><a href="api/v1/openapi.json">API</a><a href="metrics">Metrics</a></footer>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("title")?.focus();
}

function screenOrTrouble(state, again, parts, query, place) {
  if (state.asksToken) return html`<${TokenForm} again=${again} />`;
  if (state.problem) return html`<${Heading} title="Streamseg" /><${Trouble} problem=${state.problem} again=${again} />`;
  if (state.paths === null) return html`<${Loading} what="Connecting" />`;
  const serves = (path) => state.paths.has(path);
  return html`<${Fence} key=${place}>${screenOf(parts, { query, serves })}<//>`;
}

/** What the worker serves, asked once; and whether somebody was refused for want of a token. */
function useServed() {
  const [state, setState] = useState({ paths: null, version: null, problem: null, asksToken: false });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    let timer = null;
    served(stopping.signal)
      .then((found) => setState({ ...found, problem: null, asksToken: false }))
      .catch((problem) => {
        if (stopping.signal.aborted) return;
        setState({ paths: null, version: null, problem, asksToken: false });
        timer = setTimeout(() => setRound((one) => one + 1), 2000);
      });
    const refused = () => setState((before) => ({ ...before, asksToken: true }));
    addEventListener("tokenwanted", refused);
    return () => {
      stopping.abort();
      clearTimeout(timer);
      removeEventListener("tokenwanted", refused);
    };
  }, [round]);
  return [state, () => setRound((one) => one + 1)];
}

function TokenForm({ again }) {
  const [text, setText] = useState("");
  function enter(event) {
    event.preventDefault();
    token.set(text.trim());
    again();
  }
  const was = token.get();
  return html`<${Heading} title="A token, please" lead="This worker answers who has one." />
    <form class="panel token" onSubmit=${enter}>
      ${was && html`<p class="trouble slim" role="alert">The token that you gave is not known here.</p>`}
      <label>Token <input type="password" autocomplete="off" value=${text} onInput=${(event) => setText(event.target.value)} required /></label>
      <button type="submit">Enter</button>
      <p class="note">Whoever runs Streamseg makes one: <code>streamseg token new NAME --scope contacts,stats</code>. It stays in this tab only, until you close it.</p>
    </form>`;
}

function Leave() {
  return html`<button type="button" class="quiet" onClick=${() => {
    token.set(null);
    location.reload();
  }}>Leave</button>`;
}

/** Dark or light; without a choice it is the system's. */
function Theme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? system);
  function turn() {
    const next = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("streamseg.theme", next);
    } catch {
      // it holds for this page alone
    }
    setTheme(next);
    dispatchEvent(new Event("themechange"));
  }
  return html`<button type="button" class="quiet theme" onClick=${turn} aria-label=${theme === "dark" ? "Light colours" : "Dark colours"} title=${theme === "dark" ? "Light" : "Dark"}>
    <span aria-hidden="true">${theme === "dark" ? "☀" : "☾"}</span>
  </button>`;
}

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);

// The HTTP API as the page asks it: JSON, problems (RFC 9457), and streams of server-sent events.

const BASE = new URL("api/v1/", document.baseURI);
const TOKEN = "streamseg.token";
const TIMEOUT_MS = 45_000;
const MOST_WAIT_MS = 15_000;

/** An answer that is no success. `status` is 0 where nobody answered at all. */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** Parts of a path, each encoded: an id may hold anything. */
export function path(...parts) {
  for (const part of parts) {
    if (part === "." || part === "..") {
      throw new Problem(400, "bad_parameter", `A browser cannot ask for “${part}”; use curl.`);
    }
  }
  return parts.map(encodeURIComponent).join("/");
}

/** A query of what is given; empty values are left out. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** The token of this tab. It is gone when the tab is closed. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set(text) {
    if (text) sessionStorage.setItem(TOKEN, text);
    else sessionStorage.removeItem(TOKEN);
  },
};

function headersOf(more) {
  const headers = { ...more };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  return headers;
}

/** What `to` answers; with a `body` it is a POST. Throws Problem, or AbortError. */
export async function ask(to, { signal = null, body = null } = {}) {
  const bounded = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
  const options = { signal: bounded, headers: headersOf({ Accept: "application/json" }) };
  if (body !== null) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await reach(to, options, signal);
  if (!answer.ok) throw await problemOf(answer);
  try {
    return await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "cut", "The answer was cut off.");
  }
}

async function reach(to, options, signal) {
  try {
    return await fetch(new URL(to, BASE), options);
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = error.name === "TimeoutError";
    throw new Problem(0, "away", late ? "The worker takes too long to answer." : "The worker does not answer.");
  }
}

async function problemOf(answer) {
  if (answer.status === 401) dispatchEvent(new Event("tokenwanted"));
  const retry = Number(answer.headers.get("Retry-After")) || null;
  try {
    const told = await answer.json();
    return new Problem(answer.status, told.code ?? "refused", told.detail ?? answer.statusText, retry);
  } catch {
    return new Problem(answer.status, "refused", answer.statusText || `Status ${answer.status}`, retry);
  }
}

/** What the worker serves: the paths of its description. */
export async function served(signal) {
  const answer = await ask("openapi.json", { signal });
  return { version: answer.info.version, paths: new Set(Object.keys(answer.paths)) };
}

/**
 * Messages of a stream for as long as `signal` lets it, over restarts of the worker.
 *
 * `on.message(kind, text)`; `on.state("open" | "waiting", problem, seconds)`. After a break it goes on behind the last
 * message. Throws Problem for what waiting does not mend.
 */
export async function listen(to, signal, on) {
  let wait = 500;
  const place = { id: null };
  while (!signal.aborted) {
    let problem = new Problem(0, "ended", "The worker ended the stream.");
    try {
      await listenOnce(to, signal, place, {
        ...on,
        state(...told) {
          wait = 500;
          on.state(...told);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      problem = error instanceof Problem ? error : new Problem(0, "away", "The connection broke.");
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) throw problem;
    }
    if (signal.aborted) return;
    on.state("waiting", problem, Math.round(wait / 1000));
    await new Promise((done) => setTimeout(done, wait * (0.75 + Math.random() / 2)));
    wait = Math.min(wait * 2, MOST_WAIT_MS);
  }
}

async function listenOnce(to, signal, place, on) {
  const headers = headersOf({ Accept: "text/event-stream" });
  if (place.id) headers["Last-Event-ID"] = place.id;
  const answer = await reach(to, { signal, headers }, signal);
  if (!answer.ok) throw await problemOf(answer);
  on.state("open", null, 0);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) take(block, place, on);
  }
}

function take(block, place, on) {
  let kind = "message";
  let text = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("data: ")) text = line.slice(6);
    else if (line.startsWith("event: ")) kind = line.slice(7);
    else if (line.startsWith("id: ")) place.id = line.slice(4);
  }
  if (text) on.message(kind, text);
}

// Asking as a part of a screen: an answer that is kept fresh, and what to show until there is one.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, Problem } from "./api.js";

const RETRIES = 8;

/** Whether a problem is over by itself: somebody else is answered, or who is asked moves or restarts. */
export const passes = (problem) => [0, 409, 429, 503].includes(problem.status);

/**
 * The answer of a path, again every `every` ms while the page is seen; null asks nothing.
 *
 * {data, problem, isWaiting, again}: the last data stay while a later try fails. Who has moved (503), or answers another
 * (409), is asked again: then it is waited for.
 */
export function useAnswer(to, every = 0) {
  const [state, setState] = useState({ of: to, data: null, problem: null, isWaiting: false });
  const [round, setRound] = useState(0);
  const tries = useRef(0);
  const again = useCallback(() => setRound((one) => one + 1), []);
  useEffect(() => {
    if (to === null) return undefined;
    const stopping = new AbortController();
    let timer = null;
    const later = (ms) => {
      timer = setTimeout(run, ms);
    };
    async function run() {
      if (document.hidden && every) return later(every);
      try {
        const data = await ask(to, { signal: stopping.signal });
        tries.current = 0;
        setState({ of: to, data, problem: null, isWaiting: false });
        if (every) later(every);
      } catch (error) {
        if (stopping.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, "error", String(error));
        const isWaiting = passes(problem) && tries.current++ < RETRIES;
        setState((before) => ({ of: to, data: before.of === to ? before.data : null, problem, isWaiting }));
        if (every) later(Math.max(every, 1000 * (problem.retryAfter ?? 1)));
        else if (isWaiting) later(1000 * (problem.retryAfter ?? 2));
      }
    }
    run();
    return () => {
      stopping.abort();
      clearTimeout(timer);
    };
  }, [to, every, round]);
  const fresh = state.of === to ? state : { data: null, problem: null, isWaiting: false };
  return { data: fresh.data, problem: fresh.problem, isWaiting: fresh.isWaiting, again };
}

/** A value that is stored for this tab. */
export function useStored(name, first) {
  const [value, setValue] = useState(() => sessionStorage.getItem(name) ?? first);
  const set = useCallback(
    (next) => {
      setValue(next);
      if (next === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, next);
    },
    [name],
  );
  return [value, set];
}

/** The wall clock in ms, again every `every` ms. */
export function useNow(every) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

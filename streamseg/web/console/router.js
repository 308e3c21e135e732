// The page's state is its address: what stands behind the # names a screen, its subject and its filters.

import { useEffect, useState } from "preact/hooks";

/** An address: link(["contacts", "a/b"], {raw: "1"}) is "#/contacts/a%2Fb?raw=1". */
export function link(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const tail = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${tail}`;
}

/** The parts and the query of the address as it is. */
export function current() {
  const [place, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = place.split("/").filter(Boolean).map(decoded);
  return { parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Go to an address; `replace` leaves no step behind in the history. */
export function go(to, { replace = false } = {}) {
  if (!replace) {
    location.hash = to;
    return;
  }
  history.replaceState(null, "", to);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Change some of the query, in place. */
export function refine(changes) {
  const { parts, query } = current();
  go(link(parts, { ...query, ...changes }), { replace: true });
}

/** The address, and anew whenever it changes. */
export function useRoute() {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const changed = () => setRoute(current());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

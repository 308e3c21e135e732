// Figures, instants and names as people read them.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const MONEY = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

const CLOCK = /(\d{4}-\d{2}-\d{2}[ T])?(?<![\d:])(\d{2}:\d{2}:\d{2}\.\d{3})Z?/g;
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;
const STEPS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

export const KINDS = {
  "trigger.fired": "fired",
  "trigger.cancelled": "cancelled",
  "trigger.suppressed": "held back",
  "trigger.deferred": "put off",
  "contact.merged": "merged",
  "contact.merge_refused": "not merged",
  "contact.erased": "erased",
};

export const REASONS = {
  cooldown: "it fired not long ago",
  limit: "it has fired as often as it may",
  stale: "the time for it had passed",
  left: "the contact had left by then",
  forgotten: "too many later keys",
  merged: "it is told of the one they are now",
  consent: "the contact has not agreed",
  control: "kept aside to compare with",
  paused: "the segment is paused",
  snooze: "the contact asked for a pause",
  send_at: "it waits for a better hour",
  quiet_hours: "it is night, or a day of rest",
  cap: "enough messages already",
  expired: "it waited for too long",
  superseded: "a later one took its place",
  crowded: "a more important one went first",
  rules_changed: "the rules are others by now",
};

/** Why something was held back, or put off until when: in words, with the name that records and filters have. */
export const reasonOf = (told) => {
  const words = REASONS[told.reason];
  const until = told.until ? `, until ${clock(told.until)}` : "";
  return words ? `${words}${until} (${told.reason})` : `${told.reason}${until}`;
};

export const count = (value) => (value === null || value === undefined ? "–" : WHOLE.format(value));
export const compact = (value) => (value >= 10_000 ? SHORT.format(value) : WHOLE.format(value));
export const money = (value) => (typeof value === "number" ? MONEY.format(value) : String(value));
export const isInstant = (value) => typeof value === "string" && INSTANT.test(value);
export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

/** An instant in the reader's zone: the time, with the day where it is not today. */
export function clock(iso, now = Date.now()) {
  const at = new Date(iso);
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return TIME.format(at);
  const day = at.getFullYear() === today.getFullYear() ? DAY : DAY_AND_YEAR;
  return `${day.format(at)}, ${TIME.format(at)}`;
}

/** "in 4 min", "12 s ago". */
export function distance(iso, now = Date.now()) {
  const ms = Date.parse(iso) - now;
  const text = duration(Math.abs(ms));
  if (text === null) return "now";
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

/** The largest unit of a time, whole; null below a second. */
export function duration(ms) {
  for (const [unit, size] of STEPS) {
    if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  }
  return null;
}

export function bytes(value) {
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB"];
  let scaled = value / 1024;
  let at = 0;
  while (scaled >= 1024 && at < units.length - 1) {
    scaled /= 1024;
    at += 1;
  }
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[at]}`;
}

/** A name with underscores, or a figure's name, as words. */
export const spaced = (name) => name.replace(/_at$/, "").replaceAll("_", " ");

/** A sentence of a worker, whose clocks are UTC and without a date on the day of `base`, by the reader's clock. */
export function byClockHere(text, base = null) {
  return text.replace(CLOCK, (found, day, time) => {
    const on = day?.slice(0, 10) ?? base?.slice(0, 10);
    return on ? clock(`${on}T${time}Z`) : found;
  });
}

/** The figures of an event or a context in a line, without lists of lines of a cart. */
export function figuresOf(values) {
  const said = [];
  for (const [name, value] of Object.entries(values ?? {})) {
    if (value === null) continue;
    if (typeof value !== "object") said.push(`${spaced(name)} ${inline(value)}`);
    else if (Array.isArray(value.items)) {
      const names = value.items.map((one) => one.name ?? one.product).join(", ");
      said.push(`${spaced(name)}: ${names}${value.total === null || value.total === undefined ? "" : `, ${inline(value.total)} in all`}`);
    } else if (Array.isArray(value)) {
      const names = value.map((one) => one?.name ?? one?.product ?? one).filter((one) => typeof one !== "object");
      if (names.length) said.push(`${spaced(name)}: ${names.join(", ")}`);
    } else {
      const flat = Object.entries(value).filter(([, one]) => one !== null && typeof one !== "object");
      said.push(`${spaced(name)}: ${flat.map(([key, one]) => `${spaced(key)} ${inline(one)}`).join(" · ")}`);
    }
  }
  return said.join(" · ");
}

/** Any value of JSON in a line. */
export function inline(value) {
  if (value === null || value === undefined) return "none";
  if (isInstant(value)) return clock(value);
  if (Array.isArray(value)) return value.length ? value.map(inline).join(", ") : "none";
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, one]) => `${spaced(name)} ${inline(one)}`)
      .join(" · ");
  }
  return String(value);
}

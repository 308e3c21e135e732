// What was changed between two texts, line by line (E. W. Myers, "An O(ND) difference algorithm", 1986).

const MOST_CHANGES = 1000; // beyond, all of the middle is told as changed
const AROUND = 2; // lines that are the same, shown around a change

/** The lines of two texts in the order of both: {sign: " " | "-" | "+", text, before, after}; numbers from 1. */
export function diff(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  let tail = 0;
  while (tail < a.length - same && tail < b.length - same && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const [left, right] = [a.slice(same, a.length - tail), b.slice(same, b.length - tail)];
  const signs = [..." ".repeat(same), ...signsOf(left, right), ..." ".repeat(tail)];
  let [x, y] = [0, 0];
  return signs.map((sign) => {
    const text = sign === "+" ? b[y] : a[x];
    if (sign !== "+") x += 1;
    if (sign !== "-") y += 1;
    return { sign, text, before: sign === "+" ? null : x, after: sign === "-" ? null : y };
  });
}

/** Of the lines of a diff those that changed, with a few around them; null where some are left out. */
export function around(lines) {
  const near = lines.map(() => false);
  lines.forEach((one, at) => {
    if (one.sign !== " ") near.fill(true, Math.max(0, at - AROUND), at + AROUND + 1);
  });
  const shown = [];
  lines.forEach((one, at) => {
    if (near[at]) shown.push(one);
    else if (shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}

/** The way from the one list to the other with the fewest steps. */
function signsOf(a, b) {
  const ways = []; // of each number of changes: how far each diagonal gets
  let far = new Map([[1, 0]]);
  for (let changes = 0; changes <= Math.min(a.length + b.length, MOST_CHANGES); changes += 1) {
    ways.push(far);
    far = new Map(far);
    for (let k = -changes; k <= changes; k += 2) {
      let x = isDown(far, k, changes) ? far.get(k + 1) : far.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      far.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkedBack(ways, a.length, b.length);
    }
  }
  return [..."-".repeat(a.length), ..."+".repeat(b.length)];
}

const isDown = (far, k, changes) => k === -changes || (k !== changes && far.get(k - 1) < far.get(k + 1));

function walkedBack(ways, fromX, fromY) {
  const signs = [];
  let [x, y] = [fromX, fromY];
  for (let changes = ways.length - 1; changes >= 0; changes -= 1) {
    const far = ways[changes];
    const k = x - y;
    const before = isDown(far, k, changes) ? k + 1 : k - 1;
    const startX = changes === 0 ? 0 : far.get(before);
    const startY = changes === 0 ? 0 : startX - before;
    while (x > startX && y > startY) {
      signs.push(" ");
      x -= 1;
      y -= 1;
    }
    if (changes > 0) signs.push(before > k ? "+" : "-");
    [x, y] = [startX, startY];
  }
  return signs.reverse();
}

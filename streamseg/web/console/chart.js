// A chart of counts by minute, with the same figures as a table behind it.

import { useEffect, useRef } from "preact/hooks";
import { html } from "./parts.js";

const HEIGHT = 150;
const MINUTE = 60;

/** Bars of `values`, one a minute, the last one now. */
export function MinuteChart({ values, name }) {
  const place = useRef(null);
  const plot = useRef(null);
  const latest = useRef(values);
  latest.current = values;
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = newPlot(place.current, data(latest.current), name);
    };
    draw();
    const resized = new ResizeObserver(([entry]) => {
      plot.current?.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    resized.observe(place.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    addEventListener("themechange", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      removeEventListener("themechange", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [name]);
  useEffect(() => plot.current?.setData(data(values)), [values]);
  const total = values.reduce((sum, one) => sum + one, 0);
  return html`<figure class="chart">
    <div ref=${place} role="img" aria-label=${`${name}: ${total} in the last ${values.length} minutes`}></div>
    <details>
      <summary>As a table</summary>
      <table>
        <thead><tr><th scope="col">Minutes ago</th><th scope="col" class="number">${name}</th></tr></thead>
        <tbody>
          ${values.map((value, at) => value > 0 && html`<tr key=${at}><td>${values.length - 1 - at}</td><td class="number">${value}</td></tr>`)}
        </tbody>
      </table>
      ${total === 0 && html`<p class="note">Nothing in these minutes.</p>`}
    </details>
  </figure>`;
}

function data(values) {
  const last = Math.floor(Date.now() / 60_000) * MINUTE;
  return [values.map((_, at) => last - (values.length - 1 - at) * MINUTE), values];
}

function newPlot(place, values, name) {
  const colour = (variable) => getComputedStyle(place).getPropertyValue(variable).trim();
  const [ink, line] = [colour("--chart-ink"), colour("--chart-line")];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return new uPlot(
    {
      width: place.clientWidth || 600,
      height: HEIGHT,
      padding: [8, 22, 0, 0],
      cursor: { y: false, points: { show: false } },
      legend: { show: false },
      scales: { y: { range: (_, __, most) => [0, Math.max(4, most)] } },
      axes: [
        { ...axis, size: 26, grid: { show: false }, values: (_, ticks) => ticks.map(timeOf) },
        { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000] },
      ],
      series: [
        {},
        {
          label: name,
          stroke: colour("--chart-bar"),
          fill: colour("--chart-bar"),
          width: 0,
          points: { show: false },
          paths: uPlot.paths.bars({ size: [0.7, 14], radius: 0.2 }),
        },
      ],
    },
    values,
    place,
  );
}

function timeOf(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

// A chart of counts by minute or hour, with the same figures as a table behind it.

import { useEffect, useRef } from "preact/hooks";
import { html } from "./parts.js";

const HEIGHT = 150;

/** Bars of `values`, one each `step` seconds, the last one now; `unit` heads the table. */
export function Chart({ values, name, step = 60, unit = "Minutes ago" }) {
  const place = useRef(null);
  const plot = useRef(null);
  const latest = useRef(values);
  latest.current = values;
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = newPlot(place.current, data(latest.current, step), name, step);
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
  }, [name, step]);
  useEffect(() => plot.current?.setData(data(values, step)), [values, step]);
  const total = values.reduce((sum, one) => sum + one, 0);
  return html`<figure class="chart">
    <div ref=${place} role="img" aria-label=${`${name}: ${total} in the last ${values.length} ${step === 60 ? "minutes" : "hours"}`}></div>
    <details>
      <summary>As a table</summary>
      <table>
        <thead><tr><th scope="col">${unit}</th><th scope="col" class="number">${name}</th></tr></thead>
        <tbody>
          ${values.map((value, at) => value > 0 && html`<tr key=${at}><td>${values.length - 1 - at}</td><td class="number">${value}</td></tr>`)}
        </tbody>
      </table>
      ${total === 0 && html`<p class="note">Nothing in this time.</p>`}
    </details>
  </figure>`;
}

function data(values, step) {
  const last = Math.floor(Date.now() / 60_000) * 60;
  return [values.map((_, at) => last - (values.length - 1 - at) * step), values];
}

function newPlot(place, values, name, step) {
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
      scales: {
        x: { range: (_, first, last) => [first - step / 2, last + step / 2] }, // a bar stands around its instant
        y: { range: (_, __, most) => [0, Math.max(4, most * 1.08)] },
      },
      axes: [
        { ...axis, size: 26, grid: { show: false }, values: (_, ticks) => ticks.map(timeOf) },
        { ...axis, size: 40, space: 30, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000] },
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

#!/usr/bin/env node
/**
 * `npm run docs:pictures`: the pictures of `docs/how-it-works.md`, drawn from runs. The numbers are those of the JavaScript backend, so that
 * another machine draws the same lines.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRandom, gaussNewton, plane, train } from '../../dist/index.js';
import { root } from '../setup/run.mjs';

const ink = '#333';
const colors = ['#9aa0a6', '#c0c4c8', '#5f6368', '#1f77b4', '#d95f02'];
const text = (x, y, content, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${content}</text>`;

/** On paper of its own, so that it is read on light and on dark pages. */
function svg(width, height, title, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${ink}" role="img"><title>${title}</title><rect width="${width}" height="${height}" rx="6" fill="#fff"/>\n${body.join('\n')}\n</svg>\n`;
}

function problem() {
  const random = createRandom(3);
  const [rows, columns] = [400, 6];
  const values = Float64Array.from({ length: rows * columns }, () => random.normal());
  const y = Array.from({ length: rows }, (_, i) => {
    const at = (j) => values[i * columns + j];
    return at(0) * at(1) + at(2) - 0.5 * at(3) ** 2 + 0.3 * random.normal() > -0.2 ? 'in' : 'out';
  });
  return { x: { values, rows, columns }, y };
}

const network = {
  network: 'mlp',
  hidden: [8],
  backend: 'javascript',
  direction: 'gradient',
  tolerance: 0,
  maxIterations: 40,
};

/** Plane search that looks at phi over a whole grid in one iteration. */
function looking(at, look) {
  const rule = plane(gaussNewton({ worthwhile: 0 }));
  let iteration = 0;
  const choose = async (phi, ...rest) => {
    const chosen = await rule.choose(phi, ...rest);
    if (++iteration === at) await look(phi, chosen.t);
    return chosen;
  };
  return { ...rule, choose };
}

async function planePicture() {
  const steps = 110;
  const [width, height, side] = [520, 400, 330];
  const [left, top] = [60, 20];
  const body = [];
  const look = async (phi, [a, b]) => {
    const [spanA, spanB] = [2.4 * a, 2.4 * (Math.abs(b) + 0.2)];
    const place = (u, v) => [left + (side * u) / spanA, top + side * (1 - (v + 0.15 * spanB) / spanB)];
    const cells = [];
    for (let j = 0; j < steps; j++)
      for (let i = 0; i < steps; i++) {
        const t = Float64Array.of((spanA * (i + 0.5)) / steps, spanB * ((j + 0.5) / steps - 0.15));
        cells.push(await phi.value(t));
      }
    const best = Math.min(...cells);
    const range = Math.max(...cells) - best;
    const levels = cells.map((value) => Math.floor(12 * Math.sqrt((value - best) / range)));
    const cell = side / steps;
    const bands = new Map();
    for (let e = 0, from = 0; e < levels.length; e++) {
      if ((e + 1) % steps > 0 && levels[e + 1] === levels[e]) continue;
      const [i, j] = [from % steps, Math.floor(from / steps)];
      const bar = `M${(left + i * cell).toFixed(1)} ${(top + side - (j + 0.5) * cell).toFixed(1)}h${((e + 1 - from) * cell).toFixed(1)}`;
      bands.set(levels[e], `${bands.get(levels[e]) ?? ''}${bar}`);
      from = e + 1;
    }
    for (const [level, path] of bands)
      body.push(`<path d="${path}" stroke="hsl(215 60% ${38 + 4.5 * level}%)" stroke-width="${(cell + 0.4).toFixed(1)}"/>`);
    const mark = ([x, y], label) =>
      body.push(
        `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5" fill="#d95f02" stroke="#fff"/>`,
        text(left + side + 14, label.at, label.text),
        `<line x1="${left + side + 10}" y1="${label.at - 4}" x2="${x.toFixed(1)}" y2="${y.toFixed(1)}" stroke="#d95f02" stroke-dasharray="3 3"/>`,
      );
    const line = await bestAlong(phi, spanA);
    mark(place(a, b), { at: 60, text: `plane search: ${(await phi.value(Float64Array.of(a, b))).toFixed(4)}` });
    mark(place(line.a, 0), { at: 200, text: `best rate alone: ${line.value.toFixed(4)}` });
    mark(place(0, 0), { at: 330, text: `here: ${phi.value0.toFixed(4)}` });
    body.push(text(left + side / 2 - 60, top + side + 24, 'learning rate a, from 0'));
    body.push(text(-(top + side / 2 + 50), 40, 'momentum rate b', 'transform="rotate(-90)"'));
  };
  await train(problem(), { ...network, memory: 1, maxIterations: 12, steps: looking(9, look) });
  return svg(width + 60, height, 'The objective over learning rate and momentum in one iteration', body);
}

async function bestAlong(phi, span) {
  let best = { a: 0, value: phi.value0 };
  for (let k = 1; k <= 400; k++) {
    const a = (span * k) / 400;
    const value = await phi.value(Float64Array.of(a, 0));
    if (value < best.value) best = { a, value };
  }
  return best;
}

async function coursePicture() {
  const runs = [
    ['fixed rate 0.3', { steps: 'fixed', rate: 0.3 }],
    ['fixed rate 3', { steps: 'fixed', rate: 3 }],
    ['fixed rate 30', { steps: 'fixed', rate: 30 }],
    ['plane search', { steps: 'plane', memory: 1 }],
    ['auto', { direction: 'auto' }],
  ];
  const [width, height, left, top] = [570, 340, 50, 24];
  const [w, h] = [370, 270];
  const courses = [];
  for (const [name, options] of runs) {
    const { rate, ...others } = options;
    const fixedRate = rate === undefined ? {} : { rate };
    const { history } = await train(problem(), { ...network, ...others, ...fixedRate, l2: 0.001 });
    courses.push({
      name,
      points: history.map(({ products, objective }) => [products.multiply + products.multiplyTransposed, objective]),
    });
  }
  const most = 2 * network.maxIterations;
  const all = courses.flatMap(({ points }) => points.map(([, f]) => f)).filter(Number.isFinite);
  const [low, high] = [Math.log(Math.min(...all)), Math.log(Math.min(1, Math.max(...all)))];
  const place = ([products, f]) => [
    left + (w * products) / most,
    Math.max(top, top + h * (1 - (Math.log(f) - low) / (high - low))),
  ];
  const body = [
    `<path d="M${left} ${top}V${top + h}H${left + w}" fill="none" stroke="${ink}"/>`,
    text(left + w / 2 - 60, top + h + 34, 'products with X'),
    text(left - 4, top - 6, 'objective, logarithmic'),
    ...[0, 20, 40, 60, 80].map((n) => text(left + (w * n) / most - 6, top + h + 16, n)),
  ];
  const labels = courses.map(({ points }) => place(points.at(-1))[1] + 4);
  const order = labels.map((_, k) => k).sort((a, b) => labels[a] - labels[b]);
  order.forEach((k, at) => {
    if (at > 0) labels[k] = Math.max(labels[k], labels[order[at - 1]] + 15);
  });
  courses.forEach(({ name, points }, k) => {
    const path = points
      .filter(([n]) => n <= most + 2)
      .map((point) =>
        place(point)
          .map((value) => value.toFixed(1))
          .join(' '),
      );
    body.push(
      `<polyline points="${path.join(',')}" fill="none" stroke="${colors[k]}" stroke-width="${k > 2 ? 2.5 : 1.5}"/>`,
    );
    body.push(
      text(left + w + 12, labels[k], `${name}: ${points.at(-1)[1].toFixed(3)}`, `fill="${k > 2 ? colors[k] : ink}"`),
    );
  });
  return svg(width, height, 'Objective by products with X, for fixed rates and for rates that are solved for', body);
}

mkdirSync(path.join(root, 'docs', 'images'), { recursive: true });
for (const [name, draw] of Object.entries({ plane: planePicture, course: coursePicture }))
  writeFileSync(path.join(root, 'docs', 'images', `${name}.svg`), await draw());

/** What fits into a terminal: a progress line, small images of half blocks, an aligned table. */
import { clearLine, cursorTo } from 'node:readline';

const out = process.stdout;
const LINES_APART = 5000;

/** A callback for `train` that shows how far the run is: in place on a terminal, elsewhere a new line every 5 seconds. */
export function progressLine(title, { maxIterations, timeLimit = Infinity }) {
  let last = performance.now();
  return ({ iteration, objective, seconds }) => {
    const ended = iteration >= maxIterations || seconds >= timeLimit;
    if (!ended && performance.now() - last < (out.isTTY ? 80 : LINES_APART)) return;
    last = performance.now();
    const share = Math.min(1, Math.max(iteration / maxIterations, seconds / timeLimit));
    const bar = '#'.repeat(Math.round(20 * share)).padEnd(20, '.');
    const numbers = `iteration ${`${iteration}`.padStart(3)}, objective ${objective.toFixed(4)}, ${seconds.toFixed(1)} s`;
    const text = `${title.padEnd(10)} [${bar}] ${numbers}`;
    if (!out.isTTY) {
      out.write(`${text}\n`);
      return;
    }
    cursorTo(out, 0);
    out.write(text.slice(0, (out.columns ?? 80) - 1));
    clearLine(out, 1);
    if (ended) out.write('\n');
  };
}

/** Rows of cells, columns as wide as their widest cell; the first column to the left, the others to the right. */
export function formatTable(rows) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const aligned = (cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]));
  return rows.map((row) => row.map(aligned).join('   ').trimEnd()).join('\n');
}

/**
 * Images side by side at half their size, two pixels to a character: the upper one is the color of a half block, the lower
 * one its background. Where there are no colors, the captions alone.
 *
 * @param images `{ image, side, caption, right }`, as many as fit are shown
 */
export function showImages(images) {
  if (!out.isTTY || !out.hasColors(256)) {
    return images.map(({ caption, right }) => (right ? caption : `${caption} (wrong)`)).join(', ');
  }
  const width = images[0].side / 2 + 2;
  const fitting = images.slice(0, Math.max(1, Math.floor((out.columns ?? 80) / width)));
  const lines = [];
  for (let y = 0; y < images[0].side / 2; y += 2) lines.push(fitting.map((one) => `${halfBlocks(one, y)}  `).join(''));
  const mark = ({ caption, right }) => `\x1b[${right ? 32 : 31}m${caption.padEnd(width)}\x1b[0m`;
  return [...lines, fitting.map(mark).join('')].join('\n');
}

/** Rows y and y + 1 of the image at half its size. */
function halfBlocks({ image, side }, y) {
  // The mean over 2 x 2 pixels, raised so that thin pens stay visible.
  const mean = (row, column) => {
    const at = 2 * row * side + 2 * column;
    return ((image[at] + image[at + 1] + image[at + side] + image[at + side + 1]) / 4) ** 0.7;
  };
  // Colors 232 to 255 of the 256 are a gray ramp.
  const gray = (value) => 232 + Math.round(23 * Math.min(1, value));
  let text = '';
  for (let x = 0; x < side / 2; x++) text += `\x1b[38;5;${gray(mean(y, x))};48;5;${gray(mean(y + 1, x))}m▀`;
  return `${text}\x1b[0m`;
}

/**
 * Gray images of digits, drawn from strokes by an unsteady hand: every image has its own slant, size, place, pen width,
 * wobble and grain. The same seed draws the same images on every machine.
 */
import { createRandom } from 'planesearch';
import { glyphs } from './glyphs.mjs';

/** Width and height in pixels. */
export const SIDE = 28;

/** `count` images, one per row of X with values from 0 (paper) to 1 (ink), and the digit of each. */
export function drawImages(count, seed) {
  const random = createRandom(seed);
  const columns = SIDE * SIDE;
  const values = new Float64Array(count * columns);
  const labels = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % glyphs.length;
    drawGlyph(labels[i], random, values.subarray(i * columns, (i + 1) * columns));
  }
  return { x: { values, rows: count, columns }, y: labels };
}

function drawGlyph(digit, random, pixels) {
  const ways = glyphs[digit];
  const strokes = ways[random.integer(ways.length)];
  const place = unsteadyHand(random);
  const radius = 0.75 + 0.95 * random.uniform();
  const squares = new Float64Array(pixels.length).fill(Infinity);
  for (const stroke of strokes) {
    const line = curve(stroke.map(place));
    for (let p = 1; p < line.length; p++) spreadDistance(line[p - 1], line[p], radius + 1, squares);
  }
  const ink = 0.7 + 0.3 * random.uniform();
  const grain = 0.12 * random.uniform();
  for (let e = 0; e < pixels.length; e++) {
    // One pixel of transition from ink to paper keeps the edges smooth.
    const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.sqrt(squares[e])));
    pixels[e] = Math.min(1, Math.max(0, ink * cover + grain * random.normal()));
  }
}

/** From the unit square to pixels by a random affine map, with a small wobble for every point. */
function unsteadyHand(random) {
  const angle = 0.17 * random.normal();
  const slant = 0.2 * random.normal();
  const wide = SIDE * (0.72 + 0.38 * random.uniform());
  const high = SIDE * (0.72 + 0.3 * random.uniform());
  const left = SIDE / 2 + 1.3 * random.normal();
  const top = SIDE / 2 + 1.3 * random.normal();
  return ([x, y]) => {
    const v = high * (y - 0.5 + 0.025 * random.normal());
    const u = wide * (x - 0.5 + 0.025 * random.normal()) - slant * v;
    return [left + Math.cos(angle) * u - Math.sin(angle) * v, top + Math.sin(angle) * u + Math.cos(angle) * v];
  };
}

const PIECES = 5;

/** Points along the Catmull-Rom spline through `points`. */
function curve(points) {
  const line = [points[0]];
  for (let k = 1; k < points.length; k++) {
    const [a, b, c, d] = [points[Math.max(0, k - 2)], points[k - 1], points[k], points[Math.min(points.length - 1, k + 1)]];
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      line.push(
        [0, 1].map(
          (axis) =>
            0.5 *
            (2 * b[axis] +
              (c[axis] - a[axis]) * t +
              (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t ** 2 +
              (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t ** 3),
        ),
      );
    }
  }
  return line;
}

/** Lowers `squares` to the squared distance from the segment a-b, for pixel centers within `reach` of its bounding box. */
function spreadDistance(a, b, reach, squares) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const squared = dx * dx + dy * dy || 1;
  const range = (axis) => [
    Math.max(0, Math.floor(Math.min(a[axis], b[axis]) - reach)),
    Math.min(SIDE - 1, Math.ceil(Math.max(a[axis], b[axis]) + reach)),
  ];
  const [fromX, toX] = range(0);
  const [fromY, toY] = range(1);
  for (let row = fromY; row <= toY; row++) {
    for (let column = fromX; column <= toX; column++) {
      const [px, py] = [column + 0.5 - a[0], row + 0.5 - a[1]];
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) / squared));
      const e = row * SIDE + column;
      squares[e] = Math.min(squares[e], (px - t * dx) ** 2 + (py - t * dy) ** 2);
    }
  }
}

/** The picture of what was learned: some of the images, the weights of the hidden units as maps, and the mistakes. */
import { blockOf } from 'planesearch';
import { Canvas } from './canvas.mjs';
import { SIDE } from './images.mjs';

const SCALE = 4;
const TILE = SCALE * SIDE;
const GAP = 12;
const MARGIN = 48;
const TITLE = 68;
const AFTER = 34;
const CAPTION = 30;
const ACROSS = 10;

const colors = {
  page: [245, 243, 238],
  paper: [255, 255, 255],
  ink: [27, 32, 48],
  quiet: [122, 124, 134],
  wrong: [186, 32, 48],
};
const favor = [178, 24, 43];
const against = [33, 92, 165];

const blend = (from, to, share) => from.map((part, c) => Math.round(part + share * (to[c] - part)));
const inked = (value) => blend(colors.paper, colors.ink, value);
const signed = (value) => blend(colors.paper, value > 0 ? favor : against, Math.min(1, Math.abs(value)));

/**
 * @param samples images, `ACROSS` to a row
 * @param mistakes `{ image, digit, prediction }` of held-out images that were read wrongly, and how many there are in all
 */
export async function savePicture(path, { model, samples, mistakes, heldOut, accuracy }) {
  const units = hiddenUnits(model);
  const percent = `${(100 * accuracy).toFixed(1)} %`;
  const sections = [
    {
      title: 'what it was shown',
      note: 'digits, drawn from strokes by an unsteady hand',
      tiles: samples.map((image) => ({ values: image, color: inked })),
    },
    {
      title: `what ${units.length} hidden units look for`,
      note: 'ink on red counts for the digit below, ink on blue against it',
      tiles: units.map(({ weights, digit }) => ({ values: weights, color: signed, caption: [[`${digit}`, colors.quiet]] })),
    },
    {
      title: 'what it still gets wrong',
      note: `${mistakes.total} of ${heldOut} held-out images, ${percent} are right`,
      tiles: mistakes.shown.map(({ image, digit, prediction }) => ({
        values: image,
        color: inked,
        caption: [
          [`${digit}`, colors.quiet],
          [` as ${prediction}`, colors.wrong],
        ],
      })),
    },
  ];
  const height = sections.reduce((sum, section) => sum + sectionHeight(section), 2 * MARGIN - GAP - AFTER);
  const canvas = new Canvas(2 * MARGIN + ACROSS * TILE + (ACROSS - 1) * GAP, height, colors.page);
  let top = MARGIN;
  for (const section of sections) {
    drawSection(canvas, top, section);
    top += sectionHeight(section);
  }
  await canvas.save(path);
}

/** With the space below it. */
const rowHeight = ({ tiles }) => TILE + GAP + (tiles[0]?.caption ? CAPTION : 0);
const sectionHeight = (section) => TITLE + Math.ceil(section.tiles.length / ACROSS) * rowHeight(section) + AFTER;

function drawSection(canvas, top, section) {
  canvas.text(MARGIN, top, [[section.title, colors.ink]], 3);
  canvas.text(MARGIN, top + 34, [[section.note, colors.quiet]], 2);
  section.tiles.forEach(({ values, color, caption = [] }, i) => {
    const left = MARGIN + (i % ACROSS) * (TILE + GAP);
    const y = top + TITLE + Math.floor(i / ACROSS) * rowHeight(section);
    canvas.image(left, y, values, SCALE, color);
    canvas.text(left + TILE / 2, y + TILE + 8, caption, 2, 0.5);
  });
}

/**
 * The first-layer weights of each unit, scaled to -1 ... 1, in the order of the digit that the unit says most about. A tanh
 * unit with all its weights negated, in and out, is the same unit: the sign is chosen so that it speaks for its digit.
 */
function hiddenUnits(model) {
  const { layers, blocks } = model.layout;
  const block = (name) =>
    blockOf(
      model.spec.parameters,
      blocks.find((one) => one.name === name),
    );
  const [hidden, output] = layers;
  const first = block('hidden.weight');
  const last = block('output.weight');
  return Array.from({ length: hidden.outputs }, (_, unit) => {
    const says = last.subarray(unit * output.outputs, (unit + 1) * output.outputs);
    const digit = says.reduce((best, weight, k) => (Math.abs(weight) > Math.abs(says[best]) ? k : best), 0);
    const raw = Array.from({ length: hidden.inputs }, (_entry, j) => first[j * hidden.outputs + unit]);
    const scale = Math.sign(says[digit]) / Math.max(...raw.map(Math.abs));
    return { digit, strength: Math.abs(says[digit]), weights: raw.map((weight) => scale * weight) };
  }).sort((a, b) => a.digit - b.digit || b.strength - a.strength);
}

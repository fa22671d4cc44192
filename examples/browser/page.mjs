/** The page: a paper to draw on, a network that learns from made-up digits and from yours, and what it makes of your drawing. */
import { loadWasmBackend } from 'planesearch';
import { drawImages, SIDE } from '../demo/images.mjs';
import { createPaper } from './paper.mjs';
import { recognize, trainDigits } from './training.mjs';

const [TRAINED_ON, HELD_OUT] = [1500, 500];
const element = (id) => document.getElementById(id);
const tell = (text) => (element('status').textContent = text);
const pixels = SIDE * SIDE;

const paper = createPaper(element('paper'), SIDE, guess);
/** What the visitor has drawn, with the digit that it is. */
const drawn = [];
let backend;
let model = null;

function examples() {
  const { x, y } = drawImages(TRAINED_ON, 1);
  const rows = x.rows + drawn.length;
  const values = new Float64Array(rows * pixels);
  values.set(x.values);
  drawn.forEach(({ image }, i) => values.set(image, (x.rows + i) * pixels));
  return { x: { values, rows, columns: pixels }, y: [...y, ...drawn.map(({ digit }) => digit)] };
}

async function train() {
  element('train').disabled = true;
  const began = performance.now();
  model = await trainDigits(backend, examples(), {
    async onIteration({ iteration, objective }) {
      tell(`Iteration ${iteration}: objective ${objective.toFixed(4)}`);
      await new Promise((resolve) => setTimeout(resolve));
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const { x, y } = drawImages(HELD_OUT, 2);
  const right = (await recognize(backend, model, x)).filter(({ digit }, i) => digit === y[i]).length;
  tell(`Trained in ${seconds.toFixed(1)} s, right on ${right} of ${HELD_OUT} digits that it has not seen.`);
  element('train').disabled = false;
  await guess();
}

async function guess() {
  const image = paper.image();
  if (image === null) element('guess').textContent = 'Draw a digit.';
  else if (model === null) element('guess').textContent = 'Train first, then it can tell.';
  else {
    const [{ digit, probability }] = await recognize(backend, model, { values: image, rows: 1, columns: pixels });
    element('guess').textContent = `This is a ${digit}, by ${Math.round(100 * probability)} %.`;
  }
}

for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = String(digit);
  button.addEventListener('click', () => {
    const image = paper.image();
    if (image === null) return;
    drawn.push({ image, digit });
    paper.clear();
    tell(`${drawn.length} of your drawings will be learned.`);
  });
  element('labels').append(button, ' ');
}
element('clear').addEventListener('click', () => paper.clear());
element('train').addEventListener('click', () => train().catch((error) => tell(error.message)));

try {
  backend = await loadWasmBackend();
  element('train').disabled = false;
  tell(`Ready, on the ${backend.name} backend.`);
} catch (error) {
  tell(error.message);
}

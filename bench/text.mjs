/**
 * Texts to a model: `TextVectorizer`, then `train` at its defaults (softmax of four classes), in wall time and in processor time.
 *
 *     node bench/text.mjs [--texts 5000] [--words 250] [--rounds 5] [--quick]
 *
 * Texts of news-like length from a Zipf vocabulary, a fifth of whose words lean towards one class; as many again are kept to judge by. Rounds
 * follow one another in one process; the first, which nothing has warmed up, is told apart. JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { createRandom, TextVectorizer, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { backend, median } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    texts: { type: 'string' },
    words: { type: 'string', default: '250' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const count = Number(given.texts ?? (given.quick ? 200 : 5000));
const words = Number(given.words);
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));

const VOCABULARY = 60000;
const CLASSES = ['sports', 'science', 'politics', 'business'];

/** Words of 2 to 12 letters, the frequent ones short, as in a language. */
function vocabulary(random) {
  const letters = 'etaoinshrdlcumwfgypbvkjxqz';
  return Array.from({ length: VOCABULARY }, (_, rank) => {
    const length = 2 + Math.floor(Math.log2(rank + 2) / 3 + 5 * random.uniform());
    return Array.from({ length }, () => letters[Math.floor(26 * random.uniform() ** 1.6)]).join('');
  });
}

/** Word k is drawn with a share of about 1 / k: a uniform exponent of the number of words. */
function write(list, random, kind) {
  const drawn = [];
  const length = Math.round(words * (0.4 + 1.2 * random.uniform()));
  while (drawn.length < length) {
    const rank = Math.floor(VOCABULARY ** random.uniform()) - 1;
    // Of every fifth word the class decides: most other classes' words are drawn anew.
    if (rank % 5 === 0 && (rank / 5) % CLASSES.length !== kind && random.uniform() < 0.5) continue;
    drawn.push(list[rank]);
  }
  const text = drawn.join(' ').replaceAll(/((?:\S+ ){11}\S+) /g, '$1. ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function problem() {
  const random = createRandom(1);
  const list = vocabulary(random);
  const labels = Array.from({ length: 2 * count }, (_, i) => CLASSES[i % CLASSES.length]);
  const texts = labels.map((_, i) => write(list, random, i % CLASSES.length));
  return { texts, labels };
}

/** Seconds of the clock, and of the processors that the whole process used meanwhile. */
async function timed(work) {
  const [before, from] = [process.cpuUsage(), performance.now()];
  const result = await work();
  const wall = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { result, wall, cpu: (user + system) / 1e6 };
}

const { texts, labels } = problem();
const own = texts.slice(0, count);
const y = labels.slice(0, count);
const runs = [];
for (let round = 0; round <= rounds; round++) {
  const vectorizer = new TextVectorizer();
  const { result: x, ...vectorize } = await timed(() => vectorizer.fitTransform(own));
  const { result: run, ...fit } = await timed(() => train({ x, y, schema: vectorizer.schema() }, { backend: backend.name }));
  const predicted = await run.model.predict(texts.slice(count));
  const accuracy = predicted.filter((label, i) => label === labels[count + i]).length / count;
  const { iterations, objective, direction, stop, seconds } = run;
  runs.push({
    vectorize,
    fit,
    accuracy,
    entries: x.indices.length,
    iterations,
    objective,
    direction,
    stop: stop.reason,
    seconds,
  });
}
const rows = runs.map((r, round) => [
  round === 0 ? 'first' : String(round),
  ...[r.vectorize, r.fit].flatMap(({ wall, cpu }) => [wall.toFixed(3), cpu.toFixed(3)]),
  (r.vectorize.wall + r.fit.wall).toFixed(3),
  String(r.iterations),
  r.accuracy.toFixed(4),
]);
const columns = ['round', 'vectorize, s', 'processor, s', 'fit, s', 'processor, s', 'both, s', 'iterations', 'accuracy'];
console.error(textTable({ columns, rows }));
const medians = Object.fromEntries(
  ['vectorize', 'fit'].flatMap((part) =>
    ['wall', 'cpu'].map((clock) => [`${part}, ${clock}`, median(runs.slice(1).map((r) => r[part][clock]))]),
  ),
);
console.log(JSON.stringify({ machine: machine(backend), texts: count, words, medians, runs }));

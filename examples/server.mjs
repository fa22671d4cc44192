/**
 * A model behind an HTTP server of Node alone: POST a row of numbers as JSON, get its class and the probabilities. The predictor answers
 * within the request, synchronously and into memory that is there already.
 *
 *     node examples/server.mjs              starts a server, measures it by itself and ends
 *     node examples/server.mjs 8080         listens on this port until it is interrupted
 */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { train } from 'planesearch';
import { drawImages } from './demo/images.mjs';

const LARGEST_BODY = 1 << 20;

const data = drawImages(600, 1);
const { model, scores } = await train(data, { network: 'mlp', hidden: [20], task: 'classification', maxIterations: 40 });
const { classes } = model.spec.task;
const predictor = model.predictor();
const row = new Float64Array(predictor.inputs);
console.log(
  `trained on ${data.x.rows} rows of ${predictor.inputs} numbers, accuracy ${(100 * scores.accuracy).toFixed(1)} %`,
);

const server = createServer(async (incoming, response) => {
  try {
    const numbers = JSON.parse(await bodyOf(incoming));
    if (!Array.isArray(numbers) || numbers.length !== row.length)
      throw new Error(`a list of ${row.length} numbers is needed`);
    // What is no finite number is refused by the predictor, which names the column.
    numbers.forEach((number, j) => (row[j] = typeof number === 'number' ? number : Number.NaN));
    const label = predictor.predict(row);
    const p = predictor.probabilities(row);
    answer(response, 200, { label, probabilities: Object.fromEntries(classes.map((name, a) => [name, p[a]])) });
  } catch (error) {
    answer(response, 400, { error: error.message });
  }
});

async function bodyOf(incoming) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of incoming) {
    bytes += piece.length;
    if (bytes > LARGEST_BODY) throw new Error('the body is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
console.log(`listening on http://127.0.0.1:${port}`);
if (process.argv[2] === undefined) {
  await measure();
  server.close();
}

/** Requests one after the other over one connection, and the prediction alone. */
async function measure() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { values, columns } = data.x;
  const bodies = Array.from({ length: 100 }, (_, i) => JSON.stringify([...values.subarray(i * columns, (i + 1) * columns)]));
  let right = 0;
  const times = [];
  for (let k = 0; k < 600; k++) {
    const began = performance.now();
    const { label } = await post(agent, port, bodies[k % 100]);
    times.push(performance.now() - began);
    if (label === data.y[k % 100]) right++;
  }
  agent.destroy();
  const sorted = times.slice(100).sort((a, b) => a - b);
  const quantile = (q) => `${sorted[Math.floor(q * (sorted.length - 1))].toFixed(3)} ms`;
  console.log(`${times.length} requests, ${((100 * right) / times.length).toFixed(1)} % right`);
  console.log(`a request takes ${quantile(0.5)} at the median, ${quantile(0.99)} at most in 99 of 100`);
  const began = performance.now();
  for (let k = 0; k < 5000; k++) predictor.predict(row);
  console.log(`a prediction takes ${((1000 * (performance.now() - began)) / 5000).toFixed(1)} us of it`);
}

function post(agent, port, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, port, host: '127.0.0.1', method: 'POST' }, async (response) => {
      try {
        resolve(JSON.parse(await bodyOf(response)));
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

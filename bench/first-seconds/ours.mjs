/** planesearch from its defaults, in float32: the course of one run by the objective over all rows and the score on held-out rows. */
import { Model, train } from 'planesearch';

/**
 * Times are those of the records, with what comes before the first one (the copy of X) in them. Objectives of a sample are formed anew
 * over all rows when the run is over.
 *
 * @returns {Promise<{ curve: [seconds: number, objective: number, score: number][], seconds: number, stop: string, heldOut: object }>}
 */
export async function runOurs({ training, heldOut, loss, hidden, activation }, { threads, limit, options = {} }) {
  const points = [];
  const began = performance.now();
  const result = await train(
    { x: training.x, y: training.y },
    {
      network: 'mlp',
      hidden: [hidden],
      activation,
      loss,
      threads,
      timeLimit: limit,
      callbacks: [(record, { parameters }) => void points.push([record, parameters, (performance.now() - began) / 1000])],
      ...options,
    },
  );
  const curve = [];
  for (const [, parameters, seconds] of points) {
    const model = new Model({ ...result.model.spec, parameters });
    const { loss: mean } = await model.evaluate(training.x, training.y);
    const { accuracy, r2 } = await model.evaluate(heldOut.x, heldOut.y);
    curve.push([seconds, mean + penaltyOf(model, result.l2), accuracy ?? r2]);
  }
  const { iterations, stop, seconds } = result;
  const last = await result.model.evaluate(heldOut.x, heldOut.y);
  return { curve, seconds, iterations, stop: stop.reason, score: last.accuracy ?? last.r2 };
}

function penaltyOf({ spec: { parameters, architecture } }, l2) {
  const layers = [architecture.tracked.outputs, ...architecture.steps.flatMap(({ outputs }) => outputs ?? [])];
  let inputs = architecture.inputs;
  let offset = 0;
  let squares = 0;
  for (const outputs of layers) {
    for (let e = 0; e < inputs * outputs; e++) squares += parameters[offset + e] ** 2;
    offset += (inputs + 1) * outputs;
    inputs = outputs;
  }
  return 0.5 * l2 * squares;
}

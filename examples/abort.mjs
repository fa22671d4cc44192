/**
 * Ending a run from outside and from inside: an AbortSignal, a callback that has seen enough, a limit of seconds. Each time
 * the result is a model all the same: the best point so far, and why the run ended.
 *
 *     node examples/abort.mjs
 */
import { train } from 'planesearch';
import { drawImages } from './demo/images.mjs';

const data = drawImages(600, 1);
const endless = { network: 'mlp', hidden: [20], loss: 'softmax', tolerance: 0, maxIterations: 1_000_000 };

const show = ({ stop, iterations, objective, seconds, scores }) => {
  const result = `objective ${objective.toFixed(4)}, accuracy ${(100 * scores.accuracy).toFixed(1)} %`;
  console.log(
    `${stop.reason.padEnd(8)} after ${iterations} iterations and ${seconds.toFixed(2)} s: ${result} (${stop.detail})`,
  );
};

// A signal reaches inside long kernels. Any will do: a time-out here, a server's "client has gone" elsewhere.
show(await train(data, { ...endless, signal: AbortSignal.timeout(500) }));

// A callback sees every record, may be asynchronous, and ends the run by answering false.
show(await train(data, { ...endless, callbacks: [({ objective }) => objective > 0.5] }));

// Limits are looked at between iterations.
show(await train(data, { ...endless, timeLimit: 0.5 }));

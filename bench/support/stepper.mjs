/** A training run that goes forward one iteration at a time, so that several can take turns. */
import { createRandom, directions, fixed, gaussNewton, minimize, stepRules, stopping } from 'planesearch';
import { backend, objectiveOf } from './run.mjs';

/** The step rules whose costs are compared, with the memory each is used with. */
export const rulesCompared = { fixed: 0, backtracking: 0, line: 0, plane: 1, layerwise: 1 };

/** Direction, step rule and memory by name. */
export function partsFor(direction, rule, solver = gaussNewton()) {
  const stepRule = rule === 'fixed' ? fixed({ rate: 0.05 }) : stepRules[rule]({ solver });
  return { direction: directions[direction](), stepRule, memory: rulesCompared[rule] };
}

/**
 * @param parts direction, step rule and memory
 * @returns `step()`, which resolves with what one iteration took, seconds and evaluations, and the status of its record, and `dispose()`.
 * Between two steps the trainer waits in its callback; that time is not counted.
 */
export async function createStepper(problem, network, matrix, parts, on = backend) {
  const architecture = network.architecture(problem.x.columns, problem.outputs);
  const objective = objectiveOf(problem, architecture, matrix, { on, memory: parts.memory });
  let go;
  let report;
  let began;
  let ended = false;
  const atRest = new Promise((resolve) => (report = resolve));
  const callback = async ({ innerEvaluations, status }) => {
    const seconds = (performance.now() - began) / 1000;
    const next = new Promise((resolve) => (go = resolve));
    report({ seconds, innerEvaluations, status });
    await next;
    began = performance.now();
    return !ended;
  };
  const running = minimize(
    objective,
    { inFrame: network.initialize(architecture, createRandom(0)) },
    {
      ...parts,
      stop: stopping.firstOf([]),
      callbacks: [callback],
      refreshEvery: 0,
    },
  );
  await Promise.race([atRest, running]);
  return {
    async step() {
      const done = new Promise((resolve) => (report = resolve));
      go();
      return done;
    },
    async dispose() {
      ended = true;
      go();
      await running;
      objective.dispose();
    },
  };
}

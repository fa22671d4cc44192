/** planesearch as a user has it: `train` with its default options, in a warm process, X copied anew each time. */
import { train } from 'planesearch';
import { asFloat64 } from '../support/forms.mjs';
import { median, trueObjective } from '../support/run.mjs';

/** Seconds until the objective is at most each of the targets, the copy of X included; null where it is not reached. */
function reachedBy({ history, seconds, rows: all }, targets) {
  // Records count from the first evaluation; what comes before it is the same for all of them.
  const before = seconds - history.at(-1).seconds;
  // The objective of a sample is another one, and may be below the optimum of all rows.
  const first = (target) => history.find(({ objective, rows }) => rows === all && objective <= target);
  return Object.fromEntries(
    Object.entries(targets).map(([name, target]) => {
      const record = first(target);
      return [name, record ? before + record.seconds : null];
    }),
  );
}

/**
 * @returns the entry of planesearch: medians of up to `repeats` runs within about three seconds, five times as many of short ones, in a
 * warm process
 */
export async function runOurs(problem, { targets, threads, repeats, limit, precision = 'auto' }) {
  const once = () =>
    train({ x: problem.x, y: problem.targets }, { loss: problem.loss, threads, precision, timeLimit: limit });
  let last = await once();
  const runs = [];
  // A run of seconds is as warm as it will be; one of milliseconds is so after the compiler of JavaScript has seen a few.
  const warm = performance.now();
  if (last.seconds > 3) runs.push(last);
  else while (performance.now() - warm < 300) last = await once();
  const began = performance.now();
  const most = last.seconds < 0.05 ? 5 * repeats : repeats;
  while (runs.length === 0 || (last.seconds < 3 && runs.length < most && performance.now() - began < 3000)) {
    last = await once();
    runs.push(last);
  }
  const reached = runs.map((run) => reachedBy(run, targets));
  const middle = (values) => (values.every((value) => value !== null) ? median(values) : null);
  const names = Object.keys(targets);
  return {
    peer: precision === 'auto' ? 'planesearch' : `planesearch ${precision}`,
    version: `planesearch, ${last.backend}, ${last.direction}`,
    precision: last.precision,
    threads: last.threads,
    reached: Object.fromEntries(names.map((name) => [name, middle(reached.map((one) => one[name]))])),
    // What the parameters are worth over the data as given, which a float32 run does not see.
    objective: await trueObjective({ ...problem, x: asFloat64(problem.x) }, last.model, problem.l2),
    seconds: last.seconds,
    timedOut: last.stop.reason === 'time',
    stop: last.stop.reason,
    iterations: last.iterations,
    repeats: runs.length,
    curve: last.history.filter(({ rows }) => rows === last.rows).map(({ seconds, objective }) => [seconds, objective]),
  };
}

import { expect, it } from 'vitest';
import { Pace } from '../../lib/core/pace.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { smallProblem } from '../support/problems.js';
import { train } from '../support/runs.js';

function hold(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it('is due after a stretch of work, and starts anew with each turn of the event loop', async () => {
  const pace = new Pace();
  expect(pace.due).toBe(false);
  hold(20);
  expect(pace.due).toBe(true);
  let turns = 0;
  setImmediate(() => turns++);
  await pace.yield();
  expect(turns).toBe(1);
  expect(pace.due).toBe(false);
});

it('is due after many stretches that are each too short, whoever measures them', async () => {
  await new Pace().yield();
  let ticks = 0;
  setTimeout(() => ticks++, 1);
  for (let work = 0; work < 40 && ticks === 0; work++) {
    const pace = new Pace();
    hold(1);
    if (pace.due) await pace.yield();
    await null;
  }
  expect(ticks).toBe(1);
});

it.each(backends)(
  'a run of calls that are each too short to be due leaves the event loop free, on the $name backend',
  async (backend) => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    // The slow callback stands for many iterations; no await in it lets the loop turn.
    await train(smallProblem(), { backend, stepRule: plane(gaussNewton()), iterations: 30, callbacks: [() => hold(5)] });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  },
);

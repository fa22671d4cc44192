/** Whether what is given as the state of a run has the parts of one: it may come from a file, or be something else altogether. */
import { PlanesearchError } from './errors.js';
import type { TrainerState } from './trainer-state.js';

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === 'object' && value !== null;
const isVector: Check = (value) => Object.prototype.toString.call(value) === '[object Float64Array]';
const isList =
  (entry: Check): Check =>
  (value) =>
    Array.isArray(value) && value.findIndex((one) => !entry(one)) < 0;
const isNumber: Check = (value) => typeof value === 'number';

const parts: Readonly<Record<string, Check>> = {
  objective: isObject,
  parts: isObject,
  best: isObject,
  history: (value) => isList(isObject)(value) && (value as unknown[]).length > 0,
  seconds: isNumber,
  'objective.point': isVector,
  'objective.gradient': isVector,
  'objective.previousGradient': (value) => value === null || isVector(value),
  'objective.value': isNumber,
  'objective.slopeMass': isNumber,
  'objective.largestSlope': isNumber,
  'objective.rows': isNumber,
  'objective.steps': isList(isVector),
  'objective.tracked': isList(isVector),
  'objective.drift': isObject,
  'objective.drift.columns': isList(isNumber),
  'objective.drift.gathered': isNumber,
  'objective.products': isObject,
  'objective.identity': isObject,
  'best.point': isVector,
  validated: (value) => value === undefined || value === null || isVector((value as { point?: unknown }).point),
};

/** @throws PlanesearchError INVALID_OPTION that names the first part which is not there */
export function checkTrainerState(state: unknown): asserts state is TrainerState {
  for (const [path, check] of Object.entries(parts)) {
    const value = path.split('.').reduce<unknown>((whole, name) => (whole as Record<string, unknown>)[name], state);
    if (check(value)) continue;
    const sentence = `The state to start from must be what state() gave in a run, but its part '${path}' is missing or another thing.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'the state of a run' });
  }
}

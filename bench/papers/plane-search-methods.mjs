/**
 * What the comparison compares: every direction with every step rule. Colors belong to directions, dashes to step rules.
 *
 * In the words of arXiv 2406.17954: `backtracking` and `strong-wolfe` are LS, `line` is LO, `plane` is PS, `layerwise` is SO.
 */
import { barzilaiBorwein, directions, fixed, gaussNewton, schedules, stepRules } from 'planesearch';

/** `start`: exponent of 2 from which the tuning of a rate sets out. */
export const directionList = {
  gradient: { start: 0 },
  'conjugate-gradient': { start: 0 },
  nesterov: { start: -1 },
  lbfgs: { start: 0 },
  adam: { start: -6 },
  'adam-pair': { start: -6, subspaceOnly: true },
  kronecker: { start: 0 },
  'kronecker-lbfgs': { start: 0 },
};

/** Directions that are also run with a rate laid down beforehand: those that are trained that way in practice. */
const SCHEDULED = ['gradient', 'nesterov', 'adam'];

/** `schedule` by shape; 'constant' is `fixed`. */
const scheduleDashes = {
  cosine: '1 4',
  'cosine-restarts': '1 4 1 9',
  logarithmic: '3 3 1 3',
  'logarithmic-restarts': '3 3 1 8',
  polynomial: '1 7',
  exponential: '5 2',
};
export const scheduleNames = Object.keys(scheduleDashes);

const scheduleRules = Object.fromEntries(
  Object.entries(scheduleDashes).map(([name, dash]) => [
    `schedule, ${name}`,
    { memory: 0, tuned: true, schedule: name, only: SCHEDULED, dash },
  ]),
);

/** In the order of the paper's findings, worst first. */
export const ruleList = {
  fixed: { memory: 0, tuned: true, dash: '2 5' },
  'fixed + momentum': { memory: 1, tuned: true, only: ['gradient'], dash: '2 2' },
  ...scheduleRules,
  backtracking: { memory: 0, dash: '6 4' },
  'layerwise-backtracking': { memory: 0, layers: true, dash: '6 2 1 2' },
  'strong-wolfe': { memory: 0, dash: '11 4' },
  line: { memory: 0, dash: '10 3 2 3' },
  plane: { memory: 1, subspace: true, dash: '16 4' },
  'plane, 3 past steps': { memory: 3, subspace: true, dash: '16 3 3 3' },
  'layerwise, barzilai-borwein': { memory: 1, subspace: true, dash: '8 2 2 2 2 2' },
  'layerwise, gauss-newton': { memory: 1, subspace: true, layers: true, dash: '' },
};

export const MOMENTUM = 0.9;

/**
 * @param {boolean} layered whether the network has several layers; with one, a rule by `layers` has its counterpart without layers in
 * the list already, and is left out
 * @param {{ directions: string[], schedules: string[] }} chosen names of the directions and of the shapes of `schedule` wanted
 */
export function methodsFor(layered, chosen) {
  return chosen.directions.flatMap((direction) =>
    Object.entries(ruleList)
      .filter(
        ([, { only, subspace, layers, schedule }]) =>
          (!only || only.includes(direction)) &&
          (subspace || !directionList[direction].subspaceOnly) &&
          (layered || !layers) &&
          (!schedule || chosen.schedules.includes(schedule)),
      )
      .map(([rule]) => ({ direction, rule, label: `${direction} · ${rule}` })),
  );
}

/** Direction, step rule and memory for a run of `iterations`; `rate` for the tuned rules only. */
export function partsOf({ direction, rule }, iterations, rate) {
  return { direction: directions[direction](), memory: ruleList[rule].memory, stepRule: stepRuleOf(rule, iterations, rate) };
}

function stepRuleOf(rule, iterations, rate) {
  const { tuned, schedule } = ruleList[rule];
  if (schedule) return stepRules.schedule({ rate, iterations, schedule: schedules[schedule] });
  if (tuned) return fixed({ rate, momentum: MOMENTUM });
  const [name, solver] = rule.split(', ');
  return stepRules[name]({ solver: solver === 'barzilai-borwein' ? barzilaiBorwein() : gaussNewton() });
}

/**
 * What the comparison compares: every direction with every step rule. Colors belong to directions, dashes and widths to step rules.
 *
 * In the words of arXiv 2406.17954: `backtracking` and `strong-wolfe` are LS, `line` is LO, `plane` is PS, `layerwise` is SO.
 */
import { barzilaiBorwein, directions, fixed, gaussNewton, stepRules } from 'planesearch';

/** `start`: exponent of 2 from which the tuning of a fixed rate sets out. */
export const directionList = {
  gradient: { color: '#2f6fb3', start: 0 },
  'conjugate-gradient': { color: '#1b9e9e', start: 0 },
  nesterov: { color: '#5a9e3a', start: -1 },
  lbfgs: { color: '#ef7d00', start: 0 },
  adam: { color: '#d6353a', start: -6 },
  'adam-pair': { color: '#e377a8', start: -6, subspaceOnly: true },
  kronecker: { color: '#9a63c9', start: 0 },
  'kronecker-lbfgs': { color: '#4a1f8c', start: 0 },
};

/** In the order of the paper's findings, worst first. */
export const ruleList = {
  fixed: { memory: 0, tuned: true, dash: [2, 5], width: 1.5 },
  'fixed + momentum': { memory: 1, tuned: true, only: ['gradient'], dash: [2, 2], width: 1.5 },
  backtracking: { memory: 0, dash: [6, 4], width: 1.3 },
  'strong-wolfe': { memory: 0, dash: [11, 4], width: 1.3 },
  line: { memory: 0, dash: [10, 3, 2, 3], width: 1.8 },
  plane: { memory: 1, subspace: true, dash: [16, 4], width: 2.2 },
  'layerwise, barzilai-borwein': { memory: 1, subspace: true, dash: [8, 2, 2, 2, 2, 2], width: 2 },
  'layerwise, gauss-newton': { memory: 1, subspace: true, dash: undefined, width: 2.6 },
};

export const MOMENTUM = 0.9;

/**
 * @param {boolean} layered whether the network has several layers; with one, 'layerwise' by gauss-newton is 'plane' and is left out
 * @param {string[]} names of the directions wanted
 */
export function methodsFor(layered, names = Object.keys(directionList)) {
  return names.flatMap((direction) => Object.entries(ruleList)
    .filter(([rule, { only, subspace }]) => (!only || only.includes(direction))
      && (subspace || !directionList[direction].subspaceOnly)
      && (layered || rule !== 'layerwise, gauss-newton'))
    .map(([rule]) => ({ direction, rule, label: `${direction} · ${rule}` })));
}

/** Direction, step rule and memory for a run; `rate` for the fixed rules only. */
export function partsOf({ direction, rule }, rate) {
  const { memory, tuned } = ruleList[rule];
  return { direction: directions[direction](), memory, stepRule: tuned ? fixed({ rate, momentum: MOMENTUM }) : searching(rule) };
}

function searching(rule) {
  const [name, solver] = rule.split(', ');
  return stepRules[name]({ solver: solver === 'barzilai-borwein' ? barzilaiBorwein() : gaussNewton() });
}

/**
 * Whether the findings of arXiv 2406.17954 hold in our figures: its orderings, checked from the gaps, case by case.
 */
import { median } from '../support/run.mjs';

/** `lower` is to end with a smaller gap than `upper`. */
const orderings = [
  { lower: 'line', upper: 'backtracking', meaning: 'LO below LS (Armijo)' },
  { lower: 'line', upper: 'strong-wolfe', meaning: 'LO below LS (strong Wolfe)' },
  { lower: 'backtracking', upper: 'fixed', meaning: 'LS (Armijo) below the tuned fixed rate' },
  { lower: 'strong-wolfe', upper: 'fixed', meaning: 'LS (strong Wolfe) below the tuned fixed rate' },
  { lower: 'line', upper: 'fixed', meaning: 'LO below the tuned fixed rate' },
  { lower: 'plane', upper: 'line', meaning: 'PS below LO' },
  { lower: 'plane', upper: 'fixed + momentum', meaning: 'PS below the tuned fixed rate with momentum' },
  { lower: 'layerwise, gauss-newton', upper: 'plane', meaning: 'SO by layer below PS' },
  { lower: 'layerwise, gauss-newton', upper: 'layerwise, barzilai-borwein', meaning: 'gauss-newton below barzilai-borwein' },
];

/** Gaps below this share of the objective are rounding: both have converged, and neither is below the other. */
const CONVERGED = 1e-11;

/** Gaps closer than this are taken as equal. */
const EQUAL = 0.01;

/**
 * @param cases [{ name, network, scale, gaps: Map(label -> gap at the last checkpoint) }], `scale` the objective that gaps belong to
 * @param {string[]} directions
 * @returns one entry per ordering with its sentence
 */
export function checkFindings(cases, directions) {
  return orderings.map(({ lower, upper, meaning }) => {
    const outcomes = cases.flatMap(({ name, network, scale, gaps }) => directions.flatMap((direction) => {
      const a = gaps.get(`${direction} · ${lower}`);
      const b = gaps.get(`${direction} · ${upper}`);
      if (a === undefined || b === undefined) return [];
      return [{ case: name, network, direction, lower: a, upper: b, outcome: compare(a, b, scale) }];
    }));
    const count = (outcome) => outcomes.filter((o) => o.outcome === outcome).length;
    const unequal = outcomes.filter((o) => o.outcome !== 'equal');
    const positive = (gap) => Math.max(gap, Number.MIN_VALUE);
    const factor = unequal.length ? median(unequal.map((o) => positive(o.upper) / positive(o.lower))) : 1;
    const result = { lower, upper, meaning, holds: count('holds'), equal: count('equal'), fails: count('fails'), factor, outcomes };
    const { headline, exceptions } = inWords(result);
    return { ...result, headline, exceptions, sentence: exceptions ? `${headline} Not ${exceptions}.` : headline };
  }).filter(({ outcomes }) => outcomes.length > 0);
}

function compare(lower, upper, scale) {
  const floor = CONVERGED * Math.abs(scale);
  if (lower <= floor && upper <= floor) return 'equal';
  if (Math.abs(lower - upper) <= EQUAL * Math.max(lower, upper)) return 'equal';
  return lower < upper ? 'holds' : 'fails';
}

/** Exceptions up to this number are listed with their gaps, more of them by direction. */
const LISTED = 4;

function inWords({ lower, upper, meaning, holds, equal, fails, outcomes }) {
  const of = `${outcomes.length} cases${equal ? `, ${equal} even` : ''}`;
  if (fails === 0) return { headline: `${meaning}: holds wherever the two differ (${holds} of ${of}).`, exceptions: '' };
  const headline = `${meaning}: ${fails <= holds ? `holds in ${holds}` : `does not hold in ${fails}`} of ${of}.`;
  return { headline, exceptions: exceptionsOf(outcomes.filter((o) => o.outcome === 'fails'), lower, upper) };
}

function exceptionsOf(failures, lower, upper) {
  if (failures.length <= LISTED) {
    const gaps = (o) => `${lower} ${o.lower.toExponential(1)}, ${upper} ${o.upper.toExponential(1)}`;
    return failures.map((o) => `on ${o.case} ${o.network} with ${o.direction} (${gaps(o)})`).join(', ');
  }
  const directions = [...new Set(failures.map((o) => o.direction))];
  return directions.map((direction) => {
    const own = failures.filter((o) => o.direction === direction);
    return `with ${direction} on ${own.map((o) => `${o.case} ${o.network}`).join(', ')}`;
  }).join('; ');
}

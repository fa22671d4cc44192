/**
 * Whether the findings of arXiv 2406.17954 hold in our figures: its orderings, and some of our own, checked from the gaps, case by case.
 */
import { median } from '../support/run.mjs';

/**
 * Each step rule of a chain is to end with a smaller gap than the next. Those marked `own` are questions of ours, not findings of the
 * paper.
 */
const orderings = [
  { chain: ['line', 'backtracking', 'fixed'], meaning: 'LO below LS (Armijo) below tuned fixed' },
  { chain: ['line', 'strong-wolfe', 'fixed'], meaning: 'LO below LS (strong Wolfe) below tuned fixed' },
  { chain: ['line', 'backtracking'], meaning: 'LO below LS (Armijo)' },
  { chain: ['line', 'strong-wolfe'], meaning: 'LO below LS (strong Wolfe)' },
  { chain: ['backtracking', 'fixed'], meaning: 'LS (Armijo) below the tuned fixed rate' },
  { chain: ['strong-wolfe', 'fixed'], meaning: 'LS (strong Wolfe) below the tuned fixed rate' },
  { chain: ['line', 'fixed'], meaning: 'LO below the tuned fixed rate' },
  { chain: ['plane', 'line'], meaning: 'PS below LO' },
  { chain: ['plane', 'fixed + momentum'], meaning: 'PS below the tuned fixed rate with momentum' },
  { chain: ['layerwise, gauss-newton', 'plane'], meaning: 'SO by layer below PS' },
  { own: true, chain: ['schedule, cosine', 'fixed'], meaning: 'tuned cosine below the tuned fixed rate' },
  { own: true, chain: ['line', 'schedule, cosine'], meaning: 'LO below tuned cosine' },
  { own: true, chain: ['plane', 'schedule, cosine'], meaning: 'PS below tuned cosine' },
  { own: true, chain: ['plane', 'schedule, logarithmic-restarts'], meaning: 'PS below tuned logarithmic with restarts' },
  { own: true, chain: ['layerwise-backtracking', 'backtracking'], meaning: 'LS by layer below LS (Armijo)' },
  { own: true, chain: ['layerwise, gauss-newton', 'layerwise-backtracking'], meaning: 'SO by layer below LS by layer' },
  { own: true, chain: ['plane, 3 past steps', 'plane'], meaning: 'PS with three past steps below PS with one' },
  {
    own: true,
    chain: ['layerwise, gauss-newton', 'layerwise, barzilai-borwein'],
    meaning: 'gauss-newton below barzilai-borwein',
  },
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
  return orderings
    .map(({ chain, meaning, own = false }) => {
      const outcomes = cases.flatMap(({ name, network, scale, gaps }) =>
        directions.flatMap((direction) => {
          const ends = chain.map((rule) => gaps.get(`${direction} · ${rule}`));
          return ends.includes(undefined)
            ? []
            : [{ case: name, network, direction, gaps: ends, outcome: compare(ends, scale) }];
        }),
      );
      const count = (outcome) => outcomes.filter((o) => o.outcome === outcome).length;
      const unequal = outcomes.filter((o) => o.outcome !== 'equal');
      const positive = (gap) => Math.max(gap, Number.MIN_VALUE);
      const factor = unequal.length ? median(unequal.map(({ gaps }) => positive(gaps.at(-1)) / positive(gaps[0]))) : 1;
      const result = {
        chain,
        meaning,
        own,
        holds: count('holds'),
        equal: count('equal'),
        fails: count('fails'),
        factor,
        outcomes,
      };
      return { ...result, where: whereOf(outcomes), ...inWords(result) };
    })
    .filter(({ outcomes }) => outcomes.length > 0);
}

/** For each direction the cases in which the ordering holds, is even and does not hold. */
function whereOf(outcomes) {
  return [...new Set(outcomes.map((o) => o.direction))].map((direction) => {
    const matching = (outcome) => outcomes.filter((o) => o.direction === direction && o.outcome === outcome);
    const named = (outcome) => matching(outcome).map((o) => `${o.case} ${o.network}`);
    return { direction, holds: named('holds'), equal: named('equal'), fails: named('fails') };
  });
}

/** A chain fails where a link does, and is equal where all of them are. */
function compare(gaps, scale) {
  const links = gaps.slice(1).map((upper, i) => comparePair(gaps[i], upper, scale));
  return ['fails', 'holds'].find((outcome) => links.includes(outcome)) ?? 'equal';
}

function comparePair(lower, upper, scale) {
  const floor = CONVERGED * Math.abs(scale);
  if (lower <= floor && upper <= floor) return 'equal';
  if (Math.abs(lower - upper) <= EQUAL * Math.max(lower, upper)) return 'equal';
  return lower < upper ? 'holds' : 'fails';
}

/** Exceptions up to this number are listed with their gaps, more of them by direction. */
const LISTED = 4;

/** `headline` counts, `sentence` also says with which directions it is so everywhere, or nowhere, and names the exceptions. */
function inWords({ chain, meaning, holds, equal, fails, outcomes }) {
  const of = `${outcomes.length} cases${equal ? `, ${equal} even` : ''}`;
  if (fails === 0) {
    const headline = holds
      ? `${meaning}: holds wherever the two differ (${holds} of ${of}).`
      : `${meaning}: the two never differ (${of}).`;
    return { headline, sentence: headline };
  }
  const headline = `${meaning}: ${fails <= holds ? `holds in ${holds}` : `does not hold in ${fails}`} of ${of}.`;
  const exceptions = exceptionsOf(
    outcomes.filter((o) => o.outcome === 'fails'),
    chain,
  );
  return { headline, sentence: [headline, ...extremes(outcomes), `Not ${exceptions}.`].join(' ') };
}

function extremes(outcomes) {
  const where = whereOf(outcomes);
  if (where.length === 1) return [];
  const everywhere = where.filter((w) => w.holds.length > 0 && w.fails.length === 0);
  const nowhere = where.filter((w) => w.holds.length === 0 && w.fails.length > 0);
  return [
    ['Wherever they differ', everywhere],
    ['Nowhere', nowhere],
  ]
    .filter(([, list]) => list.length > 0)
    .map(([word, list]) => `${word} with ${list.map(({ direction }) => direction).join(', ')}.`);
}

function exceptionsOf(failures, chain) {
  if (failures.length <= LISTED) {
    const listed = ({ gaps }) => chain.map((rule, i) => `${rule} ${gaps[i].toExponential(1)}`).join('; ');
    return failures.map((o) => `on ${o.case} ${o.network} with ${o.direction} (${listed(o)})`).join(', ');
  }
  const directions = [...new Set(failures.map((o) => o.direction))];
  return directions
    .map((direction) => {
      const own = failures.filter((o) => o.direction === direction);
      return `with ${direction} on ${own.map((o) => `${o.case} ${o.network}`).join(', ')}`;
    })
    .join('; ');
}

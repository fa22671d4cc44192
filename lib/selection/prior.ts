/**
 * A penalty from the columns alone: the one at which weights, before any row has a say, give outputs as large as outputs are.
 *
 * (l2 / 2) ||W||^2 beside a mean loss over n rows is the prior N(0, 1 / (n l2)) of every weight, and of d columns of spread m an output then has
 * the variance d m^2 / (n l2). It is 16 for
 *
 *     n l2 = d m^2 / 16        rows that the penalty is worth
 *
 * Log-odds of spread 4 are classes that are told apart nearly always: what needs larger ones has the rows to say so. m is the mean of the spreads,
 * and not of their squares: in texts a few common words are so long that these would speak for all.
 *
 * Behind L hidden layers of h_1, ..., h_L units, half of which a row switches on, the variance is d m^2 (h_1 / 2) ... (h_L / 2) / (n l2)^(L + 1), and
 *
 *     n l2 = (d m^2 (h_1 / 2) ... (h_L / 2) / 16)^(1 / (L + 1))      never more than 10
 *
 * Two columns and 100 units are worth 2.5 rows, 32 columns 10. Two classes that are bent around each other in the plane were told apart by a line with 10.
 */
import type { Frame } from '../backends/frame.js';
import { lengthsOf } from '../core/held-columns.js';
import type { Penalized } from '../core/penalty.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';

/** Of an output. */
const VARIANCE = 16;

/** Rows, at most, of a network: the first layer's weights are of few units of use, and the last layer's are held by the rows. */
const MOST_OF_A_NETWORK = 10;

/** l2: 'prior'. Never weaker than one row, which is what columns without a measured spread are given as well. */
export function priorPenalty(frame: Frame, penalize: Penalized, rows: number, architecture: Architecture): number {
  const square = penalize === 'given' ? squaresOf(frame) : varying(frame);
  return worthOf(square * unitsOf(architecture), architecture) / rows;
}

/** Rows, by the variance of outputs under weights of variance 1. */
export function worthOf(variance: number, architecture: Architecture): number {
  const layers = layersOf(architecture);
  const worth = (variance / VARIANCE) ** (1 / layers);
  return Math.max(1, layers === 1 ? worth : Math.min(MOST_OF_A_NETWORK, worth));
}

/** (h_1 / 2) ... (h_L / 2). */
export function unitsOf(architecture: Architecture): number {
  const { layers } = programOf(architecture);
  return layers.slice(0, -1).reduce((product, { outputs }) => (product * outputs) / 2, 1);
}

export function layersOf(architecture: Architecture): number {
  return programOf(architecture).layers.length;
}

/** d of columns of spread 1. */
function varying({ constant }: Frame): number {
  return constant.reduce((count, own) => count + (own === 0 ? 1 : 0), 0);
}

/** d m^2 without the columns of another unit. */
function squaresOf({ scale, constant }: Frame): number {
  const { row, most } = lengthsOf(scale, constant);
  if (row === 0) return 0;
  const spreads = scale.filter((s, j) => constant[j] === 0 && s <= most);
  return spreads.reduce((sum, s) => sum + s, 0) ** 2 / spreads.length;
}

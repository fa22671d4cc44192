/**
 * What `train`, `cross-validate` and `search` do for a network of fewer than 10000 rows where nothing is said: as `MLPClassifier` and `MLPRegressor` do, and for
 * the same reason. Trained to the end with a penalty of one row, in whatever units columns have, a network of a small table learns the noise and takes long for it.
 *
 *     penalty and columns    l2 'noise' on the weights of standardized columns, where no penalty is given ('prior' with --out-of-core)
 *     end                    minDecrease 0.002, where no method is chosen and no tolerance below the default asks for the optimum
 *
 * Early stopping holds a network back by itself, and chooses its own penalty for large ones; more rows do, too, and whoever has them without it wants to see how
 * far the objective goes. Sparse columns stay as they are.
 */
import { isSparse, type TrainingMatrix } from '../data/index.js';
import { MIN_DECREASE, networkPenalty, ROWS_TO_SPARE } from '../estimators/network-defaults.js';
import { DEFAULTS, type TrainOptions } from '../train.js';

export function withNetworkChoices<Options extends TrainOptions>(options: Options, x: TrainingMatrix): Options {
  const { network = 'linear', earlyStopping = false } = options;
  if (network === 'linear' || earlyStopping !== false || x.rows >= ROWS_TO_SPARE) return options;
  const { l2, l1, penalty, standardize = !isSparse(x) } = options;
  const { direction = 'auto', steps = 'auto', batch, tolerance = DEFAULTS.tolerance, minDecrease } = options;
  const held = l2 === undefined && l1 === undefined && penalty === undefined;
  const ends = direction === 'auto' && steps === 'auto' && batch === undefined && tolerance >= DEFAULTS.tolerance;
  return {
    ...options,
    ...(held && { l2: networkPenalty(x.rows, x), standardize }),
    ...(ends && minDecrease === undefined && { minDecrease: MIN_DECREASE }),
  };
}

/** `--grid l2=1,0.1 --grid hidden=20,100,50x20`: lists of values by the name of the option, for `search`. */
import type { Option } from 'commander';
import { reject } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { losses } from '../losses/index.js';
import { networks } from '../networks/index.js';
import type { Grid } from '../selection/search.js';
import { decimal, option } from './option-parsers.js';

const names = [
  'l2',
  'l1',
  'penalty',
  'l1Ratio',
  'network',
  'hidden',
  'activation',
  'loss',
  'delta',
  'power',
  'sharpness',
  'direction',
  'seed',
] as const;

/** Penalties that are tried when no grid is given. */
export const DEFAULT_GRID: Grid = { l2: [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6] };

const parsers: Readonly<Record<string, (value: string) => unknown>> = {
  hidden: (value) => value.split('x').map((size) => decimal(size)),
  network: (value) => known(networks, 'network', value),
  loss: (value) => known(losses, 'loss', value),
};

/** Adds one list to those given before. */
function addTo(grid: Grid, value: string): Grid {
  const at = value.indexOf('=');
  const name = value.slice(0, Math.max(at, 0));
  const values = value.slice(at + 1).split(',');
  if (at < 1 || values.some((one) => one === ''))
    reject('INVALID_OPTION', '--grid', 'an option and its values, such as l2=1,0.1 or hidden=20,50x20', value);
  refuseUnknown({ [name]: true }, names, { noun: 'option of a grid' });
  return { ...grid, [name]: values.map(parsers[name] ?? decimal) };
}

function known(registry: object, what: string, value: string): string {
  if (Object.hasOwn(registry, value)) return value;
  return reject('INVALID_OPTION', `--grid ${what}`, `some of ${Object.keys(registry).join(', ')}`, value);
}

export const gridOption: Option = option(
  '--grid <option=values>',
  `values to try, separated by commas, of ${names.join(', ')}; sizes as 50x20; again for another option (default: l2=${DEFAULT_GRID['l2']!.join(',')})`,
  (value, _name, before) => addTo((before as Grid | undefined) ?? {}, value),
);

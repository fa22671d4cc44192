/**
 * The methods of a comparison: a direction with a step rule, and what belongs to them, as objects or in words.
 *
 *     DIRECTION[:STEPS[:PART]...]      lbfgs:plane   adam:schedule:cosine   gradient:layerwise:barzilai-borwein:memory=3   auto
 *
 * A part is the shape of `schedule`, the solver of `line`, `plane` and `layerwise`, `memory=K`, `rate=R`, `restarts=N` (annealed) or an option of the
 * direction, `zeroth-order:line:samples=4`; the order does not matter.
 */
import { lookUp, PlanesearchError, reject, requireFunctions } from '../core/errors.js';
import { annealedRestarts } from '../annealing/restarts.js';
import { withSettings } from '../core/identity.js';
import { refuseUnknown } from '../core/option-names.js';
import { directionByName, parseDirectionOption, type DirectionOptions } from '../directions/by-name.js';
import { directions, type Direction, type DirectionName } from '../directions/index.js';
import { schedules, type ScheduleName } from '../schedules/index.js';
import { stepRules, type StepRule, type StepRuleName } from '../steps/index.js';
import type { TrainOptions } from '../train.js';
import { solvers, type SolverName, type SubspaceSolver } from '../subspace/index.js';

/** What is compared: the options of `train` that say how a run moves. */
export interface Method {
  /** Default 'auto'. */
  readonly direction?: DirectionName | Direction | 'auto';
  /** Default 'auto', which is plane search. */
  readonly steps?: StepRuleName | StepRule | 'auto';
  /** Of a direction chosen by its name. */
  readonly directionOptions?: DirectionOptions | undefined;
  readonly schedule?: ScheduleName | undefined;
  readonly solver?: SolverName | SubspaceSolver | 'auto' | undefined;
  readonly memory?: number | 'auto' | undefined;
  /** Of 'fixed' and 'schedule'. Tuned when absent: `tuneRate`. */
  readonly rate?: number | undefined;
  /** Annealed, where a run has ended: as in `train`. */
  readonly restarts?: TrainOptions['restarts'];
}

/** A method with its names: `direction` and `rule` are its places in tables and legends, `label` is both. */
export interface NamedMethod {
  readonly method: Method;
  readonly direction: string;
  readonly rule: string;
  readonly label: string;
  /** Whether its rate is to be tuned. */
  readonly tuned: boolean;
}

/** What a user gets who names no methods: what a fixed rate, a line search and a plane search make of two directions, and auto. */
export const DEFAULT_METHODS: readonly string[] = [
  'gradient:fixed',
  'gradient:line',
  'gradient:plane',
  'lbfgs:strong-wolfe',
  'lbfgs:plane',
  'auto',
];

const keys = [
  'direction',
  'directionOptions',
  'steps',
  'schedule',
  'solver',
  'memory',
  'rate',
  'restarts',
] as const satisfies readonly (keyof Method)[];

/** @throws PlanesearchError INVALID_OPTION for names that are not known, and for two methods that are the same */
export function namedMethods(methods: readonly (string | Method)[]): NamedMethod[] {
  if (!Array.isArray(methods) || methods.length === 0)
    reject('INVALID_OPTION', 'methods', 'a list of at least one', methods);
  const named = methods.map((given) => nameOf(typeof given === 'string' ? parseMethod(given) : checked(given)));
  named.forEach(({ label }, m) => {
    if (named.findIndex((other) => other.label === label) < m)
      throw new PlanesearchError('INVALID_OPTION', `Every method must come once, but '${label}' came twice.`);
  });
  return named;
}

/** @throws PlanesearchError INVALID_OPTION with the words that could stand there */
export function parseMethod(text: string): Method {
  const [direction = '', steps, ...parts] = text.split(':');
  if (direction !== 'auto') lookUp({ auto: null, ...directions }, `The direction of the method '${text}'`, direction);
  if (steps !== undefined && steps !== 'auto')
    lookUp({ auto: null, ...stepRules }, `The step rule of the method '${text}'`, steps);
  const found = parts.map((part) => parsePart(text, direction, part));
  const directionOptions = Object.assign({}, ...found.map((part) => part.directionOptions)) as DirectionOptions;
  const method = Object.assign({ direction, steps: steps ?? 'auto' }, ...found) as Method;
  if (Object.keys(directionOptions).length === 0) return method;
  directionByName(direction, directionOptions);
  return { ...method, directionOptions };
}

function parsePart(text: string, direction: string, part: string): Partial<Method> {
  if (Object.hasOwn(schedules, part)) return { schedule: part as ScheduleName };
  if (Object.hasOwn(solvers, part)) return { solver: part as SolverName };
  const [, name, value] = /^(memory|rate|restarts)=(.+)$/.exec(part) ?? [];
  if (name === 'restarts' && Number.isFinite(Number(value))) return { restarts: { limit: Number(value) } };
  if (name !== undefined && Number.isFinite(Number(value))) return { [name]: Number(value) };
  if (name === undefined && part.includes('=') && direction !== 'auto')
    return { directionOptions: parseDirectionOption(part) };
  const words = [...Object.keys(schedules), ...Object.keys(solvers), 'memory=K', 'rate=R', 'restarts=N'].join(', ');
  return reject('INVALID_OPTION', `A part of the method '${text}'`, `one of ${words}`, part);
}

function checked(method: Method): Method {
  refuseUnknown(method, keys, { what: 'A method' });
  const { direction = 'auto', steps = 'auto' } = method;
  if (typeof direction === 'string') lookUp({ auto: null, ...directions }, 'The direction of a method', direction);
  else requireFunctions('The direction of a method', 'a name or a direction', direction, ['start', 'next']);
  if (typeof steps === 'string') lookUp({ auto: null, ...stepRules }, 'The step rule of a method', steps);
  else requireFunctions('The step rule of a method', 'a name or a step rule', steps, ['start', 'choose']);
  return method;
}

function nameOf(method: Method): NamedMethod {
  const { direction: d = 'auto', directionOptions, steps: s = 'auto', schedule, solver, memory, rate, restarts } = method;
  const direction = typeof d === 'string' ? withSettings({ name: d, settings: directionOptions }) : d.name;
  const steps = typeof s === 'string' ? (s === 'auto' ? 'plane' : s) : s.name;
  const solverName = typeof solver === 'object' ? solver.name : solver;
  const rule = [
    steps,
    ...(steps === 'schedule' ? [schedule ?? 'cosine'] : schedule ? [schedule] : []),
    ...(solverName && solverName !== 'auto' ? [solverName] : []),
    ...(typeof memory === 'number' ? [`memory ${memory}`] : []),
    ...(rate === undefined ? [] : [`rate ${rate}`]),
    ...(restarts === undefined ? [] : [`restarts ${annealedRestarts(restarts).limit}`]),
  ].join(', ');
  const tuned = rate === undefined && (s === 'fixed' || s === 'schedule');
  return { method, direction, rule, label: `${direction} · ${rule}`, tuned };
}

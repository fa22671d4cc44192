/** Short ways to start a run, and every direction, step rule and subspace solver by name. */
import type { Backend } from '../../lib/backends/backend.js';
import { minimize, type TrainerOptions, type TrainingResult } from '../../lib/core/trainer.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { directions, gradient, type Direction, type DirectionName } from '../../lib/directions/index.js';
import { backtracking, stepRules, type StepRule, type StepRuleName } from '../../lib/steps/index.js';
import { barzilaiBorwein, gaussNewton, solvers, type SolverName, type SubspaceSolver } from '../../lib/subspace/index.js';
import { open, type OpenOptions, type SmallProblem } from './problems.js';

export interface RuleCase {
  readonly label: string;
  readonly name: StepRuleName;
  readonly rule: StepRule;
}

/** Rules that are built from a subspace solver. */
const searching = new Set<StepRuleName>(['line', 'plane', 'layerwise']);

/** Every step rule; those that take a subspace solver with each of them. */
export const ruleCases: readonly RuleCase[] = (Object.keys(stepRules) as StepRuleName[]).flatMap((name): RuleCase[] => {
  if (!searching.has(name))
    return [{ label: name, name, rule: stepRules[name]({ solver: gaussNewton(), rate: 0.05 }) as StepRule }];
  return (Object.keys(solvers) as SolverName[]).map((solver) => {
    return { label: `${name} by ${solver}`, name, rule: stepRules[name]({ solver: solvers[solver]() }) as StepRule };
  });
});

export interface DirectionCase {
  readonly name: DirectionName;
  readonly direction: Direction;
}

export const directionCases: readonly DirectionCase[] = (Object.keys(directions) as DirectionName[]).map((name) => ({
  name,
  direction: directions[name]() as Direction,
}));

/** Both solvers run to the limit of rounding, for statements about exact minima over the subspace. */
export const tightSolvers: readonly SubspaceSolver[] = [
  gaussNewton({ worthwhile: 0, maxEvaluations: 1000 }),
  barzilaiBorwein({ maxEvaluations: 1000, slopeTolerance: 1e-10, decreaseTolerance: 0 }),
];

/** Whether it is for losses of several tasks only. */
export const ofTasks = ({ needs = [] }: Pick<Direction, 'needs'>): boolean => needs.includes('tasks');

/** Those that go with any loss. */
export const directionNames = directionCases.filter(({ direction }) => !ofTasks(direction)).map(({ name }) => name);

export interface RunOptions
  extends Partial<TrainerOptions>,
    Pick<OpenOptions, 'l2' | 'loss' | 'frame' | 'penalize' | 'precision' | 'sparse'> {
  readonly backend?: Backend;
  readonly iterations?: number;
}

/** Gradient with backtracking for 10 iterations in the standard frame, unless told otherwise. */
export async function train(problem: SmallProblem, options: RunOptions = {}): Promise<TrainingResult> {
  const {
    backend,
    l2,
    loss,
    frame = 'standard',
    penalize = 'given',
    precision = 'float64',
    sparse = false,
    iterations = 10,
    ...rest
  } = options;
  const opened = await open(problem, {
    memory: rest.memory ?? 0,
    frame,
    penalize,
    precision,
    sparse,
    ...(backend ? { backend } : {}),
    ...(l2 === undefined ? {} : { l2 }),
    ...(loss ? { loss } : {}),
  });
  return minimize(opened.objective, problem.start, {
    direction: gradient(),
    stepRule: backtracking(),
    memory: 0,
    stop: iterationLimit(iterations),
    ...rest,
  });
}

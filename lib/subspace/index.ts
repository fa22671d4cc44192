/** Every built-in subspace solver, one line each. */
import { barzilaiBorwein, type BarzilaiBorweinOptions } from './barzilai-borwein.js';
import { gaussNewton, type GaussNewtonOptions } from './gauss-newton.js';
import type { SubspaceProblem, SubspaceSolution, SubspaceSolver } from './subspace-solver.js';

export const solvers = { 'barzilai-borwein': barzilaiBorwein, 'gauss-newton': gaussNewton } as const;
export type SolverName = keyof typeof solvers;
export { barzilaiBorwein, gaussNewton };
export type { BarzilaiBorweinOptions, GaussNewtonOptions, SubspaceProblem, SubspaceSolution, SubspaceSolver };

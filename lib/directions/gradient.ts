import { steepestDescent, type Direction } from './direction.js';

/** Steepest descent, d = -g. With `memory` 1 and plane search this is the memory gradient method (Miele & Cantrell 1969). */
export function gradient(): Direction<null> {
  return {
    name: 'gradient',
    unitStep: false,
    start: () => null,
    next: (_state, objective) => [steepestDescent(objective)],
  };
}

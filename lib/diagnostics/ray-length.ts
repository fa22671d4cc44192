/** Where the objective has risen by a cutoff along a ray. */

export interface RaySearch {
  /** A length to begin near, above 0: that of the last ray. */
  readonly near: number;
  /** Returned where the cutoff is not reached before. */
  readonly limit: number;
  /** Relative, of the length. */
  readonly tolerance: number;
}

/**
 * A length at which `rise` passes `cutoff`: by doubling from half of `near`, so that a first crossing is seldom jumped over, then by false position with
 * the Illinois rule on sqrt(rise), which is linear along a ray from a minimum of a quadratic. What is not a number counts as risen.
 */
export async function rayLength(
  rise: (rho: number) => Promise<number>,
  cutoff: number,
  { near, limit, tolerance }: RaySearch,
): Promise<number> {
  const target = Math.sqrt(cutoff);
  const excess = async (rho: number): Promise<number> => {
    const risen = await rise(rho);
    return Number.isFinite(risen) ? Math.sqrt(Math.max(risen, 0)) - target : Infinity;
  };
  let [inside, below] = [0, -target];
  let outside = Math.min(near / 2, limit);
  let above = await excess(outside);
  while (!(above > 0)) {
    if (outside === limit) return limit;
    [inside, below] = [outside, above];
    outside = Math.min(2 * outside, limit);
    above = await excess(outside);
  }
  let last = 0;
  while (outside - inside > tolerance * outside) {
    const secant = inside + ((outside - inside) * -below) / (above - below);
    // A secant beside an end that is right already would leave the other end where it is.
    const least = 0.25 * tolerance * outside;
    const between = Number.isFinite(above)
      ? Math.min(Math.max(secant, inside + least), outside - least)
      : (inside + outside) / 2;
    const middle = between > inside && between < outside ? between : (inside + outside) / 2;
    if (!(middle > inside && middle < outside)) break;
    const found = await excess(middle);
    if (found > 0) {
      [outside, above] = [middle, found];
      if (last > 0) below /= 2;
      last = 1;
    } else {
      [inside, below] = [middle, found];
      if (last < 0) above /= 2;
      last = -1;
    }
  }
  return (inside + outside) / 2;
}

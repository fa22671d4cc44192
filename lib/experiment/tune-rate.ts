/** The rate that a rule without a search of its own would have needed, and what it cost to find it. */

/** Exponents of 2 between which a rate is sought. */
const EXPONENTS = { least: -24, most: 12 };

/** Runs that bring nothing before a side of the grid is given up. */
const PATIENCE = 2;

export interface Tuned<Run> {
  readonly rate: number;
  /** The one at that rate. */
  readonly run: Run;
  /** All that were made, the best one included. */
  readonly runs: readonly Run[];
}

/**
 * The best rate on the grid of powers of 2, each tried for a whole run: in steps of 4 to both sides until two runs in a row bring nothing,
 * then the neighbors in steps of 2.
 *
 * @param attempt makes the run at a rate; what it ends with, its `objective`, decides
 * @param begin a power of 2 that the search sets out from. Default 1
 */
export async function tuneRate<Run extends { readonly objective: number }>(
  attempt: (rate: number) => Promise<Run>,
  begin = 1,
): Promise<Tuned<Run>> {
  const tried = new Map<number, Run>();
  const objectiveAt = async (exponent: number): Promise<number> => {
    if (!tried.has(exponent)) tried.set(exponent, await attempt(2 ** exponent));
    return tried.get(exponent)!.objective;
  };
  let best = Math.round(Math.log2(begin));
  await objectiveAt(best);
  for (const side of [2, -2]) {
    let worse = 0;
    for (let e = best + side; worse < PATIENCE && e >= EXPONENTS.least && e <= EXPONENTS.most; e += side) {
      if ((await objectiveAt(e)) < (await objectiveAt(best))) {
        best = e;
        worse = 0;
      } else worse++;
    }
  }
  for (const e of [best - 1, best + 1]) if ((await objectiveAt(e)) < (await objectiveAt(best))) best = e;
  return { rate: 2 ** best, run: tried.get(best)!, runs: [...tried.values()] };
}

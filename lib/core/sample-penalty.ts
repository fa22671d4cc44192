/**
 * How much stronger the penalty is over a sample of m of n rows than over all.
 *
 *     n f(theta) = sum of the losses of n rows + (n l2 / 2) |weights|^2
 *
 * is, up to a constant, minus the logarithm of a posterior density, and its last term the prior: it does not depend on how many rows
 * have been looked at. The mean loss of m rows + (l2/2) |weights|^2 would weaken it to m / n of itself, just where few rows need it most,
 * and a strong method would then fit what is peculiar to them. With
 *
 *     l2 n / m
 *
 * a stage leads to what its rows and the one prior say together. The last stage has l2, so that runs end where they do without samples.
 *
 * A penalty that is worth a row or more by itself, l2 >= 1 / m, has no such need: it holds the weights, and where f has its minimum near 0,
 * the stronger one would lead past it to a saddle of the network (Fashion-MNIST, l2 = 0.01: 33 times the products to 1). 1 / m, what `train`
 * takes where nobody chooses and m rows are all, is therefore the most that a weaker l2 is raised to.
 *
 * Layers with penalties of their own have factors of their own.
 *
 * Rows are counted, not their weights: the sample is drawn at random, so that it has its share of these.
 */
export function penaltyFactor(l2: number, rows: number, allRows: number): number {
  if (l2 === 0) return 1;
  return Math.min(allRows / rows, Math.max(1, 1 / (rows * l2)));
}

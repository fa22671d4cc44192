/** Made-up data for programs that try a build: the same on every machine but for the rounding of sines. */

/** Text of a program's first lines: `x`, a dense table, and `y`, one of two classes for each row of it. */
export const madeUp = (rows, columns) => `
  const rows = ${rows}, columns = ${columns}, values = new Float64Array(rows * columns);
  for (let e = 0; e < values.length; e++) values[e] = Math.sin(1 + 0.7 * e) + (e % 5);
  const y = Array.from({ length: rows }, (_, i) => (values[i * columns] + values[i * columns + 2] > 2.5 + Math.sin(i) ? 'a' : 'b'));
  const x = { values, rows, columns };`;

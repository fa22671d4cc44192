/** The problems on which planesearch is set between its peers. Objective: mean loss + (l2/2) |weights|^2 with l2 = 1 / rows, biases free. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { train } from 'planesearch';
import { asFloat64 } from '../support/forms.mjs';
import { loadProblem } from '../support/problems.mjs';
import { clusters } from '../support/synthetic.mjs';
import { logisticOptimum } from './newton.mjs';

const EMBEDDINGS = [384, 768, 1536, 3072];

/** Data sets as they come, nothing standardized: what a program makes of units is part of the comparison. */
const files = {
  a9a: 'a9a',
  w8a: 'w8a',
  phishing: 'phishing',
  spambase: 'spambase-unscaled',
  australian: 'australian-unscaled',
  mnist: 'mnist',
  news20: 'news20',
};

export const problemNames = [...Object.keys(files), ...EMBEDDINGS.map((columns) => `embeddings-${columns}`)];

/** @returns the problem with `l2`, or null where its file is absent */
export async function peersProblem(name, { rows } = {}) {
  const width = /^embeddings-(\d+)$/.exec(name)?.[1];
  if (!width && !Object.hasOwn(files, name))
    throw new Error(`A problem must be one of ${problemNames.join(', ')}, but '${name}' was given.`);
  const problem = width
    ? clusters({ rows: rows ?? 20000, columns: Number(width) })
    : await loadProblem(files[name], { storage: 'auto', ...(rows && { rows }) });
  return problem && { ...problem, name, l2: 1 / problem.x.rows };
}

const known = fileURLToPath(new URL('optima.json', import.meta.url));

/** Which numbers an optimum belongs to. */
function fingerprint({ x, targets }) {
  const hash = createHash('sha1');
  for (const array of [x.values, x.indices, targets])
    if (array) hash.update(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  return `${x.rows}x${x.columns}-${hash.digest('hex').slice(0, 12)}`;
}

/**
 * The least objectives known: `free`, and for two classes `penalized`, with the bias in the penalty like a weight. Two classes by a Newton
 * method of their own; softmax by planesearch in float64 with its tolerance lowered until rounding or the time ends it, once: those of
 * the data in `optima.json` are not computed again unless `anew`.
 */
export async function optimaOf(problem, { anew = false, seconds = 120 } = {}) {
  if (problem.outputs === 1) return { free: logisticOptimum(problem, 0), penalized: logisticOptimum(problem, problem.l2) };
  const entry = knownOptima()[problem.name];
  const print = fingerprint(problem);
  if (!anew && entry?.data === print) return { free: entry.free };
  const { objective, stop } = await train(
    { x: asFloat64(problem.x), y: problem.targets },
    { loss: problem.loss, tolerance: 1e-10, maxIterations: 100000, timeLimit: seconds },
  );
  const free = entry?.data === print ? Math.min(entry.free, objective) : objective;
  if (anew) keepOptimum(problem, { free, ended: stop.reason });
  return { free, ended: stop.reason };
}

/** Writes the optimum of a softmax problem into `optima.json`. */
export function keepOptimum(problem, { free, ended }) {
  const updated = { ...knownOptima(), [problem.name]: { data: fingerprint(problem), free, ended } };
  writeFileSync(known, `${JSON.stringify(updated, null, 2)}\n`);
}

const knownOptima = () => (existsSync(known) ? JSON.parse(readFileSync(known, 'utf8')) : {});

/** SciPy's L-BFGS-B, run by `lbfgsb.py` in a process of its own; arrays go through a temporary folder as raw float64. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asDense } from './forms.mjs';

export const python = process.env.PYTHON ?? 'python3';
const script = fileURLToPath(new URL('lbfgsb.py', import.meta.url));

/** Versions of Python, NumPy and SciPy; null where one of them is not there. */
export function scipyVersions() {
  const code =
    'import json, numpy, platform, scipy; print(json.dumps([platform.python_version(), numpy.__version__, scipy.__version__]))';
  try {
    const answer = execFileSync(python, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [version, numpy, scipy] = JSON.parse(answer);
    return { python: version, numpy, scipy };
  } catch {
    return null;
  }
}

/** No threads in BLAS: times are not compared, and threads that wait for each other are slow on a machine with other work. */
const environment = { ...process.env, OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

function numbers(file) {
  const { buffer, byteOffset, length } = readFileSync(file);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + length));
}

/** @returns `run`, for any network on one problem, and `dispose()` */
export function scipyOn({ x, targets, loss, outputs }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-scipy-'));
  const at = (name) => path.join(folder, name);
  writeFileSync(at('x.f64'), bytes(asDense(x).values));
  writeFileSync(at('targets.f64'), bytes(targets));
  return {
    /**
     * @param {{ activation: string, hidden: number }} network 'linear' has no hidden layer
     * @param {Float64Array} start
     * @param {{ memory: number, iterations: number }} limits
     * @returns `start` with value and gradient, `end` with value and point, and a `summary` of the run: 2 products for each evaluation
     */
    run({ activation, hidden }, start, limits) {
      const sizes = activation === 'linear' ? [x.columns, outputs] : [x.columns, hidden, outputs];
      writeFileSync(
        at('problem.json'),
        JSON.stringify({ rows: x.rows, sizes, activation, loss, l2: 1 / x.rows, ...limits }),
      );
      writeFileSync(at('start.f64'), bytes(start));
      const answer = execFileSync(python, [script, folder], { encoding: 'utf8', env: environment });
      const { value, objective, iterations, evaluations, message } = JSON.parse(answer);
      return {
        start: { value, gradient: numbers(at('gradient.f64')) },
        end: { value: objective, point: numbers(at('end.f64')) },
        summary: { objective, iterations, products: 2 * evaluations, ended: iterations < limits.iterations, message },
      };
    },
    dispose: () => rmSync(folder, { recursive: true }),
  };
}

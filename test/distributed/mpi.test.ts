/** `train --distributed` under Open MPI: the same course on any number of ranks, and every failure one sentence. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { mpiAddon, setupMpi } from '../../lib/distributed/setup-mpi.js';
import { buildDist } from '../support/dist.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const cli = path.join(root, 'bin', 'planesearch.mjs');
const { mpiEnvironment } = (await import(path.join(root, 'scripts', 'mpi-environment.mjs'))) as {
  mpiEnvironment: NodeJS.ProcessEnv;
};

/** Why Open MPI cannot be used here, or null. */
function absence(): string | null {
  for (const command of ['mpirun.openmpi', 'mpicxx.openmpi', 'cmake']) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
    } catch {
      return `there is no ${command}`;
    }
  }
  return null;
}

const absent = absence();
if (absent !== null) console.warn(`The tests under Open MPI are skipped: ${absent}.`);

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let folder: string;

/** Starts `-n` ranks of `train --distributed` in the folder; `watch` sees the process as soon as it runs. */
function mpirun(ranks: number, args: readonly string[], watch?: (pid: number) => void): Promise<Ended> {
  return command(ranks, ['train', ...args], watch);
}

function command(ranks: number, args: readonly string[], watch?: (pid: number) => void): Promise<Ended> {
  const whole = ['-n', String(ranks), process.execPath, cli, ...args, '--distributed', '--threads', '1'];
  const child = spawn('mpirun.openmpi', whole, { cwd: folder, env: mpiEnvironment });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  watch?.(child.pid!);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

/** The process of a rank among the children of mpirun. */
function rankOf(mpirunPid: number, rank: number): number | null {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent] = /\) \w (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))!;
      const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (Number(parent) === mpirunPid && variables.includes(`OMPI_COMM_WORLD_RANK=${rank}`)) return Number(name);
    } catch {
      // It has ended meanwhile, or is not ours.
    }
  }
  return null;
}

/** Sends the signal to a rank once the run has left its first checkpoint. */
function strike(rank: number, signal: 'SIGKILL' | 'SIGSTOP', checkpoint: string): (pid: number) => void {
  return (pid) => {
    const timer = setInterval(() => {
      const there = existsSync(path.join(folder, checkpoint)) && readdirSync(path.join(folder, checkpoint)).length > 0;
      const struck = there ? rankOf(pid, rank) : null;
      if (struck === null) return;
      clearInterval(timer);
      process.kill(struck, signal);
    }, 20);
  };
}

const objectives = (trace: string): number[] =>
  readFileSync(path.join(folder, trace), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { objective: number }).objective);

describe.skipIf(absent !== null)('under Open MPI', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'planesearch-mpi-'));
    buildDist();
    if (!existsSync(mpiAddon('openmpi'))) await setupMpi();
    const random = createRandom(1);
    for (let file = 0; file < 4; file++) {
      const lines = Array.from({ length: 150 + 40 * file }, () => {
        const x = Array.from({ length: 6 }, () => random.normal());
        const label = x[0]! - x[1]! + random.normal() > 0 ? 1 : -1;
        return `${label} ${x.map((value, j) => `${j + 1}:${value}`).join(' ')}`;
      });
      await writeFile(path.join(folder, `part-${file}.svm.gz`), gzipSync(`${lines.join('\n')}\n`));
    }
    await writeFile(path.join(folder, 'bad-0.svm'), '1 1:2\n-1 1:3\n');
    await writeFile(path.join(folder, 'bad-1.svm'), '1 1:2\n-1 1:x\n');
  }, 180_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const mlp = ['--network', 'mlp', '--hidden', '4', '--direction', 'lbfgs'];

  it('the same course on 1, 2 and 3 ranks; rank 0 alone prints and saves', async () => {
    for (const ranks of [1, 2, 3]) {
      const out = ['--trace', `trace-${ranks}.jsonl`, '--out', `model-${ranks}`];
      const { code, output } = await mpirun(ranks, ['part-*.svm.gz', ...mlp, '--max-iterations', '12', ...out]);
      expect(code, output).toBe(0);
      expect(output.match(/^objective /gm)).toHaveLength(1);
      expect(output).toContain('840 rows x 6 columns');
      expect(objectives(`trace-${ranks}.jsonl`)).toEqual(objectives('trace-1.jsonl'));
      // Files differ in their times.
      const [mine, first] = await Promise.all([ranks, 1].map((of) => Model.load(path.join(folder, `model-${of}`))));
      expect(mine!.spec).toEqual(first!.spec);
    }
  });

  it('evaluates and predicts as one process does, in the order of the files', async () => {
    await mpirun(2, ['part-*.svm.gz', ...mlp, '--max-iterations', '5', '--out', 'judged']);
    const alone = (args: string[]): string =>
      execFileSync(process.execPath, [cli, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const files = [0, 1, 2, 3].map((k) => `part-${k}.svm.gz`);
    const expected = files.map((file) => alone(['predict', 'judged', file])).join('');
    const predicted = await command(3, ['predict', 'judged', 'part-*.svm.gz', '--out', 'labels.txt']);
    expect(predicted.code, predicted.output).toBe(0);
    expect(readFileSync(path.join(folder, 'labels.txt'), 'utf8')).toBe(expected);
    const judged = await command(3, ['evaluate', 'judged', 'part-*.svm.gz', '--json', '--quiet']);
    expect(judged.code, judged.output).toBe(0);
    const { n, accuracy } = JSON.parse(judged.output) as { n: number; accuracy: number };
    const shares = files.map(
      (file) => JSON.parse(alone(['evaluate', 'judged', file, '--json'])) as { n: number; accuracy: number },
    );
    expect(n).toBe(840);
    expect(accuracy).toBeCloseTo(shares.reduce((sum, share) => sum + share.n * share.accuracy, 0) / n, 12);
  });

  it('a bad file is named with its line', async () => {
    const { code, output } = await mpirun(2, ['bad-*.svm']);
    expect(code).not.toBe(0);
    expect(output).toMatch(/^planesearch: On rank 1: Line 2 of '.*bad-1\.svm' must have a finite value, but has '1:x'\.$/m);
    expect(output.match(/^planesearch: /gm)).toHaveLength(1);
  });

  it('other options on another rank are refused', async () => {
    const other = [':', '-n', '1', process.execPath, cli, 'train', 'part-*.svm.gz', '--l2', '1'];
    const { code, output } = await mpirun(1, ['part-*.svm.gz', '--distributed', ...other]);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /^planesearch: All ranks must have the same arguments, but rank 0 has .* and rank 1 .*"l2":1.*$/m,
    );
  });

  const long = ['part-*.svm.gz', ...mlp, '--tolerance', '0', '--max-iterations', '1000000', '--checkpoint-iterations', '1'];

  it('a rank that is killed ends all; the run goes on from its checkpoint on another number of ranks', async () => {
    const { code } = await mpirun(3, [...long, '--checkpoint', 'killed', '--out', 'never'], strike(1, 'SIGKILL', 'killed'));
    expect(code).not.toBe(0);
    expect(existsSync(path.join(folder, 'never'))).toBe(false);
    // The trace begins with what the checkpoint remembers.
    const rest = ['--checkpoint', 'killed', '--resume', '--trace', 'rest.jsonl', '--time-limit', '3'];
    const resumed = await mpirun(2, ['part-*.svm.gz', ...mlp, '--tolerance', '0', ...rest]);
    expect(resumed.code, resumed.output).toBe(0);
    const last = objectives('rest.jsonl').length - 1;
    expect(resumed.output).toMatch(/Goes on after iteration \d+\./);
    const whole = ['--tolerance', '0', '--max-iterations', String(last), '--trace', 'whole.jsonl'];
    expect((await mpirun(1, ['part-*.svm.gz', ...mlp, ...whole])).code).toBe(0);
    expect(objectives('whole.jsonl')).toEqual(objectives('rest.jsonl'));
  });

  it('an interrupted mpirun ends all; one sentence says what is left', async () => {
    const interrupt = (pid: number): void => {
      const wait = setInterval(() => {
        if (!existsSync(path.join(folder, 'stopped', 'checkpoint.safetensors'))) return;
        clearInterval(wait);
        process.kill(pid, 'SIGINT');
      }, 20);
    };
    const { code, output } = await mpirun(3, [...long, '--checkpoint', 'stopped'], interrupt);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /^planesearch: Interrupted, .* if mpirun ends the ranks, .* kills them in a second, .* is lost but the checkpoint in 'stopped'\.$/m,
    );
    expect(output.match(/^(planesearch: Interrupted|interrupted)/gm)).toHaveLength(1);
    expect((await mpirun(2, [...long, '--checkpoint', 'stopped', '--resume', '--time-limit', '1'])).code).toBe(0);
  });

  it('a rank that hangs is named by the others', async () => {
    const args = [...long, '--checkpoint', 'hung', '--rank-timeout', '1'];
    const { code, output } = await mpirun(3, args, strike(2, 'SIGSTOP', 'hung'));
    expect(code).not.toBe(0);
    expect(output).toMatch(/^planesearch: The ranks have ended: rank 2 does not answer after 1 s \(call \d+\)\.$/m);
  });

  it('the mpirun of another MPI starts processes that do not know of each other, which is said', () => {
    const run = (): unknown =>
      execFileSync(process.execPath, [cli, 'train', 'part-*.svm.gz', '--distributed'], {
        cwd: folder,
        stdio: 'pipe',
        env: { ...mpiEnvironment, OMPI_COMM_WORLD_SIZE: '2' },
      });
    expect(run).toThrow(
      /MPI cannot be used: 2 processes were started, but Open MPI v[\d.]+ knows of 1; use the mpirun of that MPI\./,
    );
  });

  it('without mpirun it is said what is missing', () => {
    const run = (): unknown =>
      execFileSync(process.execPath, [cli, 'train', 'bad-0.svm', '--distributed'], { cwd: folder, stdio: 'pipe' });
    expect(run).toThrow("MPI cannot be used: this process was not started by mpirun; use 'mpirun -n 4 ...'.");
  });
});

/** Which blocks of the sources have run, as V8 counts them (https://v8.dev/blog/javascript-code-coverage). */
import { Session, type Profiler } from 'node:inspector/promises';

interface Known {
  readonly blocks: Set<string>;
  /** Blocks that have not run yet. */
  readonly waiting: Map<string, Profiler.CoverageRange>;
}

/** What has run between two calls of `take`. */
export type Taken = readonly Profiler.ScriptCoverage[];

export class Coverage {
  readonly #session = new Session();
  readonly #functions = new Map<string, Known>();
  /** Blocks and functions that have run. */
  covered = 0;

  /** @param sources which files count, by their URL */
  constructor(private readonly sources: RegExp) {
    this.#session.connect();
  }

  async start(): Promise<void> {
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  async stop(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  async take(): Promise<Taken> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result.filter(({ url }) => this.sources.test(url));
  }

  /** Whether something runs in `taken` that has never run before; the next time it has. */
  add(taken: Taken): boolean {
    const before = this.covered;
    for (const { scriptId, functions } of taken) for (const { ranges } of functions) this.#addFunction(scriptId, ranges);
    return this.covered > before;
  }

  /** As {@link add}, without taking note of it. */
  hasNews(taken: Taken): boolean {
    return taken.some(({ scriptId, functions }) =>
      functions.some(({ ranges: [whole, ...blocks] }) => {
        if (whole === undefined || whole.count === 0) return false;
        const known = this.#functions.get(keyOf(scriptId, whole));
        return known === undefined || runNow(known, idle(blocks)).length > 0;
      }),
    );
  }

  /** V8 tells of a function as a whole and of the blocks in it that have not run. */
  #addFunction(script: string, [whole, ...blocks]: readonly Profiler.CoverageRange[]): void {
    if (whole === undefined || whole.count === 0) return;
    const key = keyOf(script, whole);
    let known = this.#functions.get(key);
    if (known === undefined) {
      this.#functions.set(key, (known = { blocks: new Set(), waiting: new Map() }));
      this.covered++;
    }
    const left = idle(blocks);
    for (const name of runNow(known, left)) {
      known.waiting.delete(name);
      this.covered++;
    }
    for (const block of left) {
      const name = `${block.startOffset}-${block.endOffset}`;
      if (known.blocks.has(name)) continue;
      known.blocks.add(name);
      known.waiting.set(name, block);
    }
  }
}

const keyOf = (script: string, { startOffset }: Profiler.CoverageRange): string => `${script}:${startOffset}`;

const idle = (blocks: readonly Profiler.CoverageRange[]): Profiler.CoverageRange[] =>
  blocks.filter(({ count }) => count === 0);

function runNow({ waiting }: Known, left: readonly Profiler.CoverageRange[]): string[] {
  const still = ({ startOffset, endOffset }: Profiler.CoverageRange): boolean =>
    left.some((block) => block.startOffset <= startOffset && block.endOffset >= endOffset);
  return [...waiting].filter(([, block]) => !still(block)).map(([name]) => name);
}

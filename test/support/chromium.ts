/** A page in headless Chromium, spoken to through its DevTools protocol over a pipe. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** The command that starts it; undefined where there is none. */
export const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

type Parameters = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Parameters;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
}

export interface Page {
  /** What the expression, or the promise that it is, comes to. */
  evaluate(expression: string): Promise<unknown>;
  /** Asks until the expression is true; one that throws is not: the page may not be there yet. */
  until(expression: string): Promise<void>;
  /** Presses the mouse at the first point, moves along the others, and lets go. */
  drag(points: readonly (readonly [x: number, y: number])[]): Promise<void>;
  /** Uncaught exceptions, and what was written to the console as an error. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/** @param profile a folder of its own */
export async function openPage(address: string, profile: string): Promise<Page> {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe'];
  const child = spawn(chromium!, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  const send = connect(child, (method, params) => {
    if (method === 'Runtime.exceptionThrown') errors.push(JSON.stringify(params['exceptionDetails']));
    if (method === 'Runtime.consoleAPICalled' && params['type'] === 'error') errors.push(JSON.stringify(params['args']));
  });
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const inPage = (method: string, params: Parameters): Promise<Parameters> => send(method, params, sessionId as string);
  await inPage('Runtime.enable', {});
  await inPage('Page.navigate', { url: address });

  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await inPage('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: unknown }).value;
  }

  return {
    errors,
    evaluate,
    async until(expression) {
      while ((await evaluate(expression).catch(() => false)) !== true)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async drag(points) {
      const mouse = (type: string, [x, y]: readonly [number, number]): Promise<Parameters> =>
        inPage('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1 });
      await mouse('mousePressed', points[0]!);
      for (const point of points.slice(1)) await mouse('mouseMoved', point);
      await mouse('mouseReleased', points.at(-1)!);
    },
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      await send('Browser.close', {});
      await ended;
    },
  };
}

/** Messages are JSON, each followed by a null byte. */
function connect(
  child: ChildProcess,
  heard: (method: string, params: Parameters) => void,
): (method: string, params: Parameters, sessionId?: string) => Promise<Parameters> {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  let rest = '';
  from.setEncoding('utf8').on('data', (piece: string) => {
    const messages = (rest + piece).split('\0');
    rest = messages.pop()!;
    for (const text of messages) {
      const message = JSON.parse(text) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else if (message.method !== undefined) heard(message.method, message.params ?? {});
    }
  });
  let count = 0;
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
}

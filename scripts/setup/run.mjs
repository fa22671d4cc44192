import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupFailure } from './failure.mjs';

/** The top of the checkout; not by `import.meta.dirname`, because an older Node has to get as far as being refused. */
export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** The executable file that a shell would start for `command`, or null. */
export function commandPath(command) {
  const folders = command.includes('/') ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  for (const folder of folders) {
    const file = path.join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not here: the next folder may have it
    }
  }
  return null;
}

/**
 * Runs a command with its output held back; returns { code, output }. The output of a tool that worked interests
 * nobody, and that of one that failed is shown by `mustRun`.
 */
export function attempt(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: -1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Runs a command that must succeed; otherwise its last lines are shown and `sentence` ends the setup. */
export async function mustRun(sentence, command, args, options = {}) {
  const { code, output } = await attempt(command, args, options);
  if (code === 0) return output;
  const lines = output.trimEnd().split('\n').slice(-60);
  throw new SetupFailure(sentence, { cause: lines.join('\n') });
}

/** `planesearch info`: versions, which backend a run gets and why, and on what it runs. */
import { type BackendInfo, backendInfo } from '../backends/backend-info.js';
import { exitCodes, type Io } from './io.js';
import type { InfoArguments } from './arguments.js';
import { aligned } from './output.js';

export function infoCommand({ json }: InfoArguments, io: Io): number {
  const info = backendInfo();
  if (json) io.stdout.write(`${JSON.stringify(jsonOf(info))}\n`);
  else io.stdout.write(aligned(linesOf(info)));
  return exitCodes.success;
}

function jsonOf({ version, platform, native, wasm, missing, ...rest }: BackendInfo): object {
  const backends = {
    native: native ? { available: true, ...native } : { available: false, reason: missing.native },
    wasm: wasm ? { available: true, ...wasm } : { available: false, reason: missing.wasm },
    javascript: { available: true },
  };
  return { planesearch: version, node: process.versions.node, platform, backends, ...rest };
}

const origins = {
  PLANESEARCH_THREADS: 'as PLANESEARCH_THREADS asks',
  processors: 'as many as processors',
  quota: 'the quota of this control group',
};

function linesOf({ version, platform, native, wasm, backend, reason, threads }: BackendInfo): [string, string][] {
  const details = Object.entries(native ?? {}).map(([name, value]): [string, string] => [`native ${name}`, String(value)]);
  return [
    ['planesearch', version],
    ['node', process.versions.node],
    ['platform', platform],
    ['backend', backend ?? 'none'],
    ...(reason === null ? [] : [['reason', reason] as [string, string]]),
    ['native', native ? 'available' : 'not available'],
    ...details,
    ['wasm', wasm ? 'available' : 'not available'],
    ['javascript', 'available'],
    ['threads', `${threads.threads} (${origins[threads.from]})`],
  ];
}

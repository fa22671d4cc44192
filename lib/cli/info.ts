/** `planesearch info`: versions, and whether the native backend loads and on what. */
import { nativeInfo } from '../backends/native.js';
import { exitCodes, type Io } from './io.js';
import type { InfoArguments } from './options.js';
import { aligned } from './output.js';
import { packageVersion } from '../io/package-version.js';

export function infoCommand({ json }: InfoArguments, io: Io): number {
  const platform = `${process.platform}-${process.arch}`;
  const versions = { planesearch: packageVersion(), node: process.versions.node, platform };
  const native = describeNative();
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...versions, backends: { native, javascript: { available: true } } })}\n`);
    return exitCodes.success;
  }
  const lines = Object.entries({ ...versions, ...prefixed(native), javascript: 'available' });
  io.stdout.write(aligned(lines.map(([name, value]) => [name, String(value)])));
  return exitCodes.success;
}

type NativeDescription =
  | ({ readonly available: true } & Record<string, unknown>)
  | { readonly available: false; readonly reason: string };

function describeNative(): NativeDescription {
  try {
    return { available: true, ...nativeInfo() };
  } catch (error) {
    return { available: false, reason: (error as Error).message };
  }
}

function prefixed({ available, ...rest }: NativeDescription): Record<string, unknown> {
  const details = Object.entries(rest).map(([name, value]) => [`native ${name}`, value]);
  return { native: available ? 'available' : 'not available', ...(Object.fromEntries(details) as object) };
}

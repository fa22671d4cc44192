/** The backends that run on this machine; when native is not among them, says why, once per test file. */
import type { Backend } from '../../lib/backends/backend.js';
import { createNativeBackend, loadNative } from '../../lib/backends/native.js';
import { javascript } from './problems.js';

/** Says it on the console as well. */
export function absence(name: string, load: () => unknown): string | null {
  try {
    load();
    return null;
  } catch (error) {
    const sentence = (error as Error).message;
    console.warn(`The tests of the ${name} backend are skipped: ${sentence}`);
    return sentence;
  }
}

/** Why the native backend cannot be tested; null when it can. */
export const nativeAbsence = absence('native', loadNative);

export const backends: readonly Backend[] =
  nativeAbsence === null ? [javascript, createNativeBackend({ threads: 2 })] : [javascript];

/** For statements about algorithms, which do not depend on the backend. */
export const quickest: Backend = backends.at(-1)!;

export function nativeBackend(threads: number): Backend {
  return createNativeBackend({ threads });
}

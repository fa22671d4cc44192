/** Packages that only some users need: they come when they are used, and are asked for in one sentence where they are not installed. */
import { PlanesearchError } from '../core/errors.js';
import { nameOf } from './read-file.js';

/**
 * @param load `() => import('the-package')`
 * @param what the file is that needs it: `a Parquet file`
 * @throws PlanesearchError INCOMPATIBLE where it is not installed
 */
export async function loadOptional<T>(name: string, load: () => Promise<T>, path: string, what: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = Object(cause) as { code?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    const sentence = `${nameOf(path)} is ${what}, which is read with the package ${name}: npm install ${name}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: name, received: 'not installed', cause });
  }
}

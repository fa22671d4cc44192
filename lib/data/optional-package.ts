/**
 * Packages that only some users need: they come when they are used, and are asked for in one sentence where they are not installed.
 *
 *     await import('the-package').catch(absent('the-package', path, 'a Parquet file'))
 *
 * A bundler that does not find the package leaves an import alone whose failure is seen to be caught.
 */
import { PlanesearchError } from '../core/errors.js';
import { nameOf } from './read-file.js';

/**
 * What becomes of an import that failed: INCOMPATIBLE where the package is not installed, otherwise what it was.
 *
 * @param what the file is that needs it: `a Parquet file`
 */
export function absent(name: string, path: string, what: string): (cause: unknown) => never {
  return (cause) => {
    const { code } = Object(cause) as { code?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    const sentence = `${nameOf(path)} is ${what}, which is read with the package ${name}: npm install ${name}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: name, received: 'not installed', cause });
  };
}

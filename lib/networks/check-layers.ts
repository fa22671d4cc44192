/** What any list of layers has to be before memory is taken for its parameters. */
import { describe, PlanesearchError } from '../core/errors.js';
import { layoutOf, type LayerShape } from '../core/parameters.js';

/** 2^29 numbers are 4 GiB; a run keeps several vectors of this length. */
export const PARAMETER_LIMIT = 2 ** 29;

/**
 * @throws PlanesearchError INVALID_ARGUMENT for two layers of one name, whose blocks would take each other's place in a model file;
 *   INVALID_OPTION for more parameters than {@link PARAMETER_LIMIT}
 */
export function checkLayers(layers: readonly LayerShape[]): void {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) {
      const sentence = `The layers of a network must have different names, but two are called ${describe(name)}.`;
      throw new PlanesearchError('INVALID_ARGUMENT', sentence, { expected: 'different names', received: name });
    }
    names.add(name);
  }
  const { size } = layoutOf(layers);
  if (size > PARAMETER_LIMIT) {
    const expected = `at most ${PARAMETER_LIMIT} parameters`;
    throw new PlanesearchError('INVALID_OPTION', `A network must have ${expected}, but this one has ${size}.`, { expected, received: `${size}` });
  }
}

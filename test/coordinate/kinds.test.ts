import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { kindsOf, outputEffects } from '../../lib/coordinate/kinds.js';
import { gated, linear, linearlyGated, mlp, skip, type Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { drawParameters, everyNetwork, oddNetwork } from '../networks/cases.js';
import { referenceRow } from '../networks/reference.js';

const kinds = (network: Network) => kindsOf(programOf(network.architecture(4, 2)));

describe('what is known of a layer', () => {
  it('follows from the way of its units to the outputs', () => {
    expect(kinds(linear())).toEqual(['straight']);
    expect(kinds(mlp({ hidden: [3] }))).toEqual(['bent', 'straight']);
    expect(kinds(mlp({ hidden: [3], activation: 'identity' }))).toEqual(['straight', 'straight']);
    expect(kinds(mlp({ hidden: [3, 2] }))).toEqual(['guessed', 'guessed', 'straight']);
    expect(kinds(mlp({ hidden: [3, 2], activation: 'identity' }))).toEqual(['guessed', 'straight', 'straight']);
    expect(kinds(skip({ hidden: [3] }))).toEqual(['bent', 'straight']);
    expect(kinds(gated({ hidden: [3] }))).toEqual(['guessed', 'straight']);
    expect(kinds(linearlyGated({ hidden: [3, 2] }))).toEqual(['guessed', 'guessed', 'guessed', 'straight']);
    expect(kinds(oddNetwork)).toEqual(['guessed', 'guessed', 'guessed', 'guessed']);
  });
});

describe.each(everyNetwork)('the effects of units in $label', ({ network }) => {
  it('are what the outputs do, where the way is straight', () => {
    const architecture = network.architecture(4, 2);
    const program = programOf(architecture);
    const parameters = drawParameters(createRandom(1), program.layout.size);
    const x = [0.3, -1, 0.5, 2];
    const before = referenceRow(architecture, parameters, x);
    kindsOf(program).forEach((kind, l) => {
      if (kind !== 'straight') return;
      const effects = outputEffects(program, parameters, l);
      for (let k = 0; k < program.layers[l]!.outputs; k++) {
        const moved = parameters.slice();
        moved[program.layout.blocks[2 * l + 1]!.offset + k]! += 1;
        referenceRow(architecture, moved, x).forEach((o, a) => expect(o - before[a]!).toBeCloseTo(effects[2 * k + a]!, 12));
      }
    });
  });
});

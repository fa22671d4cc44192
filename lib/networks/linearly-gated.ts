/**
 * Deep linearly gated network (Yadav, Ramaswamy & Lakshminarayanan, arXiv 2404.04312): the gates are linear in X, so that a
 * unit is open on an intersection of half-spaces and what the network has learned as features can be read off.
 *
 *     gates    'layers'   g_1 = X V_1 + a_1,  g_l = g_{l-1} V_l + a_l
 *              'inputs'   g_l = X V_l + a_l                                 every gate straight from X (the paper's SF)
 *     values   h_1 = s(g_1) * (X B + b),  h_l = s(g_l) * (h_{l-1} U_l + u_l),  s(g) = sigmoid(beta g)
 *     output   O = h_L U + c
 *
 * Unlike the paper's, the values begin with X where the paper feeds a constant 1 (the network then is piecewise linear in X
 * for sharp gates, instead of piecewise constant), and every map has biases. All that reads X is one tracked product.
 */
import { lookUp, requireNumber } from '../core/errors.js';
import type { Network, NetworkStep } from './network.js';
import { INITIAL_SCALE, checkHidden, checkInitialScale } from './options.js';
import { drawStart } from './start.js';

export interface LinearlyGatedOptions {
  /** Sizes of the gated layers, first to last; at least one, each at least 1. Default [50]. */
  readonly hidden?: readonly number[] | undefined;
  /** beta, above 0. Default 4, the paper's. */
  readonly sharpness?: number | undefined;
  /** 'layers' (default): gates through linear layers. 'inputs': every gate straight from X. */
  readonly gates?: 'layers' | 'inputs' | undefined;
  /** kappa, above 0: how many times as large the outputs begin; on the output layer's weights. Default 1. */
  readonly initialScale?: number | undefined;
}

const sources = { layers: false, inputs: true } as const;

export function linearlyGated(options: LinearlyGatedOptions = {}): Network {
  const hidden = checkHidden(options.hidden ?? [50]);
  const sharpness = requireNumber('sharpness', options.sharpness ?? 4, Number.MIN_VALUE);
  const straight = lookUp(sources, 'gates', options.gates ?? 'layers');
  const gateWidth = straight ? hidden.reduce((sum, size) => sum + size, 0) : hidden[0]!;
  const initialScale = checkInitialScale(options.initialScale);
  return {
    name: 'linearly-gated',
    architecture: (inputs, outputs) => ({
      inputs,
      tracked: { layer: 'first', outputs: gateWidth + hidden[0]! },
      steps: [...gateSteps(hidden, sharpness, straight), ...valueSteps(hidden, gateWidth, outputs)],
    }),
    initialize: (architecture, random) => drawStart(architecture, random, () => 1, initialScale),
  };
}
linearlyGated.options = {
  hidden: { what: 'sizes of the gated layers', range: 'at least one, each at least 1', default: [50] },
  sharpness: { what: 'beta in the gates sigmoid(beta g)', range: 'above 0', default: 4 },
  gates: {
    what: 'where gates come from',
    range: "'layers' (through linear layers) or 'inputs' (straight from X)",
    default: 'layers',
  },
  initialScale: INITIAL_SCALE,
};

/** The values gate1, gate2, ... */
function gateSteps(hidden: readonly number[], sharpness: number, straight: boolean): NetworkStep[] {
  let from = 0;
  return hidden.flatMap((size, l): NetworkStep[] => {
    const value = `gate${l + 1}.sum`;
    const source: NetworkStep =
      straight || l === 0
        ? { value, step: 'slice', of: 'tracked', from, width: size }
        : { value, step: 'affine', of: `gate${l}.sum`, layer: `gate${l + 1}`, outputs: size };
    from += size;
    return [source, { value: `gate${l + 1}`, step: 'activation', of: value, activation: 'sigmoid', sharpness }];
  });
}

function valueSteps(hidden: readonly number[], from: number, outputs: number): NetworkStep[] {
  const steps = hidden.flatMap((size, l): NetworkStep[] => {
    const value = `content${l + 1}`;
    const source: NetworkStep =
      l === 0
        ? { value, step: 'slice', of: 'tracked', from, width: size }
        : { value, step: 'affine', of: `hidden${l}`, layer: `hidden${l + 1}`, outputs: size };
    return [source, { value: `hidden${l + 1}`, step: 'product', of: [`gate${l + 1}`, value] }];
  });
  return [...steps, { value: 'output', step: 'affine', of: `hidden${hidden.length}`, layer: 'output', outputs }];
}

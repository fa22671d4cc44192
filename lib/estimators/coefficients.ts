/** What a linear model has learned, by name and in the units of the data as given: output_a = sum_j x_j weight_aj + intercept_a. */
import { PlanesearchError } from '../core/errors.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import type { Model } from '../io/model.js';

export interface Coefficients {
  /** Names of the columns of X; x0, x1, ... where they have none. */
  readonly features: readonly string[];
  /** One an output: the class, 'the second class' alone for two, or 'y' and y0, y1, ... for numbers. */
  readonly outputs: readonly string[];
  /** `weights[a][j]`: output a, column j. */
  readonly weights: readonly Float64Array[];
  /** One an output. */
  readonly intercepts: Float64Array;
}

/**
 * The coefficients of a linear model. Those of softmax, to which a constant may be added class by class without changing a probability, are
 * given with mean 0 over the classes, but for columns in which a class has the weight 0 exactly: an l1 penalty has put it there.
 *
 * @throws PlanesearchError INCOMPATIBLE for a network with hidden units
 */
export function coefficientsOf(model: Model, columnNames?: readonly string[]): Coefficients {
  const { architecture, parameters, task, network } = model.spec;
  const { layout, inputs } = model;
  if (architecture.steps.length > 0) {
    const sentence = `Coefficients must be those of a linear model, but the network is '${network}'.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'linear', received: network });
  }
  const width = task.outputs;
  const flat = blockOf(parameters, weightBlock(layout, 0));
  const intercepts = blockOf(parameters, biasBlock(layout, 0)).slice();
  const weights = Array.from({ length: width }, (_, a) =>
    Float64Array.from({ length: inputs }, (__, j) => flat[j * width + a]!),
  );
  if (task.coding === 'classes') {
    for (let j = 0; j < inputs; j++) {
      if (weights.some((one) => one[j] === 0)) continue;
      const mean = weights.reduce((sum, one) => sum + one[j]! / width, 0);
      for (const one of weights) one[j] = one[j]! - mean;
    }
    const mean = intercepts.reduce((sum, one) => sum + one / width, 0);
    intercepts.forEach((one, a) => (intercepts[a] = one - mean));
  }
  const features = columnNames ?? Array.from({ length: inputs }, (_, j) => `x${j}`);
  return { features, outputs: outputNames(model), weights, intercepts };
}

function outputNames({ spec: { task } }: Model): string[] {
  if (task.coding === 'two-classes') return [String(task.classes![1])];
  if (task.classes) return task.classes.map(String);
  return task.outputs === 1 ? ['y'] : Array.from({ length: task.outputs }, (_, a) => `y${a}`);
}

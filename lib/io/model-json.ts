/**
 * A model as plain JSON that ten lines of any language predict from: weights as rows of numbers, one for every input, in the units of the
 * data as given.
 *
 *     linear     scores_a = bias_a + sum_j x_j weights_ja
 *     networks   layers by name, each likewise, and the list of steps between them (`lib/networks/network.ts`)
 */
import { PlanesearchError } from '../core/errors.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import type { ClassLabel, CodingName } from '../losses/coding.js';
import type { Loss } from '../losses/loss.js';
import type { NetworkStep } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import { replaceFile } from './output-file.js';
import type { Model, ModelSpec } from './model.js';

export const JSON_FORMAT_VERSION = 1;

/** Text takes 20 bytes for a number of 8: larger models are what a model file or an ONNX file is for. */
export const JSON_PARAMETER_LIMIT = 2 ** 20;

export interface LayerJson {
  /** One row for every input, one number in it for every output. */
  readonly weights: readonly (readonly number[])[];
  /** One number for every output. */
  readonly bias: readonly number[];
}

export interface CommonJson {
  readonly format: 'planesearch';
  readonly formatVersion: typeof JSON_FORMAT_VERSION;
  readonly network: string;
  readonly loss: string;
  /** What the scores of a row say: see `lib/losses/coding.ts`. */
  readonly coding: CodingName;
  /** In the order of the outputs; with the coding 'two-classes' the one score is for the second. Absent for numbers. */
  readonly classes?: readonly ClassLabel[];
  /** What makes predictions (exp) or probabilities (sigmoid, softmax) of the scores; absent where nothing does. */
  readonly inverseLink?: NonNullable<Loss['inverseLink']>;
  /** Names of the inputs, where they are known. */
  readonly columns?: readonly string[];
  readonly inputs: number;
}

/** A network without steps: its one layer lies on top. */
export type LinearJson = CommonJson & LayerJson;

export interface NetworkJson extends CommonJson {
  /** The layer that reads the inputs; its value has the name 'tracked'. */
  readonly first: string;
  readonly layers: Readonly<Record<string, LayerJson>>;
  /** In order of computation, the last one makes the scores. */
  readonly steps: readonly NetworkStep[];
}

export type ModelJson = LinearJson | NetworkJson;

/** @throws PlanesearchError INCOMPATIBLE for more than {@link JSON_PARAMETER_LIMIT} parameters */
export function modelJson({ spec, loss, columnNames }: Model): ModelJson {
  const { network, architecture, task, parameters } = spec;
  const expected = `at most ${JSON_PARAMETER_LIMIT} parameters`;
  if (parameters.length > JSON_PARAMETER_LIMIT) {
    const sentence = `A model must have ${expected} to be written as JSON, but this one has ${parameters.length}: save it, or export it as ONNX.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected, received: `${parameters.length}` });
  }
  const common: CommonJson = {
    format: 'planesearch',
    formatVersion: JSON_FORMAT_VERSION,
    network,
    loss: task.loss,
    coding: task.coding,
    ...(task.classes && { classes: task.classes }),
    ...(loss.inverseLink && { inverseLink: loss.inverseLink }),
    ...(columnNames && { columns: columnNames }),
    inputs: architecture.inputs,
  };
  const layers = layersOf(spec);
  const { layer: first } = architecture.tracked;
  if (architecture.steps.length === 0) return { ...common, ...layers[first]! };
  return { ...common, first, layers, steps: architecture.steps };
}

/** Writes `JSON.stringify(model)` to a file: under a temporary name first, then renamed. @throws also UNWRITABLE_FILE */
export async function saveJson(model: Model, path: string): Promise<void> {
  const text = `${JSON.stringify(model)}\n`;
  await replaceFile(path, (handle) => handle.writeFile(text));
}

function layersOf({ architecture, parameters }: ModelSpec): Record<string, LayerJson> {
  const { layers, layout } = programOf(architecture);
  return Object.fromEntries(
    layers.map(({ name, inputs, outputs }, l) => {
      const values = blockOf(parameters, weightBlock(layout, l));
      const weights = Array.from({ length: inputs }, (_, j) => [...values.subarray(j * outputs, (j + 1) * outputs)]);
      return [name, { weights, bias: [...blockOf(parameters, biasBlock(layout, l))] }];
    }),
  );
}

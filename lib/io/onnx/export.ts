/**
 * A model as an ONNX file: the network's nodes as operators, behind them what its outputs mean.
 *
 *     input   features       rows x columns, in the units of the training data; or one for every column of a table (`columns.ts`)
 *     numbers       prediction     rows x outputs     exp of the outputs under a log link
 *     one class     label          rows               the class itself, or its index
 *                   probabilities  rows x classes     for losses that have them
 *                   scores         rows x outputs     the outputs of the network: log-odds of the second of two classes, logits of several
 *     label sets    labels         rows x labels      1 where a row has the label
 *                   probabilities, scores             rows x labels
 *
 * Every value is a plain tensor: no sequence and no map of ONNX-ML, which runtimes in JavaScript cannot hand out. Operators of opset 13
 * and IR version 7 (ONNX 1.8, 2020), each of which onnxruntime has for float and for double; categories take LabelEncoder of ai.onnx.ml 2.
 *
 * Format: https://onnx.ai/onnx/repo-docs/IR.html.
 */
import type { ActivationName } from '../../activations/index.js';
import type { Precision } from '../../backends/backend.js';
import { lookUp, PlanesearchError } from '../../core/errors.js';
import { refuseUnknown } from '../../core/option-names.js';
import { biasBlock, blockOf, weightBlock } from '../../core/parameters.js';
import type { ClassLabel } from '../../losses/coding.js';
import { programOf, type ProgramNode } from '../../networks/program.js';
import type { Model } from '../model.js';
import { replaceFile } from '../output-file.js';
import { encodeMessage } from '../protobuf.js';
import { packageVersion } from '../package-version.js';
import { addColumns, columnsSchema } from './columns.js';
import { GraphBuilder } from './graph.js';
import { modelMessage } from './messages.js';

export const ONNX_OPSET = 13;
const ONNX_ML_OPSET = 2;
export const ONNX_IR_VERSION = 7;

export interface OnnxOptions {
  /** Of the input, the weights and what is computed: 'float32' (default), half as large and right to about 1e-6, or 'float64'. */
  readonly precision?: Precision;
  /**
   * 'class' (default): `label` is a tensor of the classes themselves: text, or int64 (float64 for classes that are no integers).
   * 'index': int64, from 0, in the order of `model.spec.task.classes`.
   */
  readonly labels?: 'class' | 'index';
  /**
   * 'matrix' (default): one input `features`, the columns of X. 'columns': an input for every column of the table that the model was trained
   * on, by its name: text for categories, numbers for numbers, yes and no, and dates (days since 1970-01-01).
   */
  readonly inputs?: 'matrix' | 'columns';
}

const precisions = { float32: 'float32', float64: 'float64' } as const;
const labelKinds = { class: 'class', index: 'index' } as const;
const inputKinds = { matrix: 'matrix', columns: 'columns' } as const;

/** Protocol buffers end at 2 GiB; what is not numbers is small. */
const BYTE_LIMIT = 2 ** 31 - 2 ** 24;

const operators = { identity: 'Identity', tanh: 'Tanh', relu: 'Relu', sigmoid: 'Sigmoid' } as const satisfies Record<
  ActivationName,
  string
>;

/**
 * The bytes of an ONNX file that predicts as `model` does.
 *
 * @throws PlanesearchError INCOMPATIBLE for a loss of your own that turns outputs into predictions, numbers beyond float32, files
 *   beyond 2 GiB, and for columns of a model that was not trained on a table
 */
export function toOnnx(model: Model, options: OnnxOptions = {}): Uint8Array {
  refuseUnknown(options, ['precision', 'labels', 'inputs'], { what: 'The options of the ONNX export' });
  const precision = lookUp(precisions, 'precision', options.precision ?? 'float32');
  const labels = lookUp(labelKinds, 'labels', options.labels ?? 'class');
  const given = lookUp(inputKinds, 'inputs', options.inputs ?? 'matrix');
  const graph = new GraphBuilder(precision);
  // An upper bound, before any memory is taken.
  if (model.spec.parameters.length * (precision === 'float32' ? 4 : 8) > BYTE_LIMIT) throw tooLarge();
  const features = given === 'columns' ? addColumns(graph, columnsSchema(model.spec.schema)) : addMatrix(graph, model);
  addMeaning(graph, model, addNetwork(graph, model, features.value), labels);
  if (graph.bytes > BYTE_LIMIT) throw tooLarge();
  const { network, task } = model.spec;
  const metadata = {
    network,
    loss: task.loss,
    coding: task.coding,
    ...(task.classes && { classes: JSON.stringify(task.classes) }),
    ...(model.columnNames && { columns: JSON.stringify(model.columnNames) }),
    ...(features.inputs && { inputs: JSON.stringify(features.inputs) }),
  };
  return encodeMessage(modelMessage, {
    irVersion: ONNX_IR_VERSION,
    producerName: 'planesearch',
    producerVersion: packageVersion(),
    opsetImport: [
      { domain: '', version: ONNX_OPSET },
      ...(graph.nodes.some(({ domain }) => domain !== undefined) ? [{ domain: 'ai.onnx.ml', version: ONNX_ML_OPSET }] : []),
    ],
    graph: {
      name: network,
      node: graph.nodes,
      initializer: graph.constants,
      input: graph.inputs,
      output: graph.outputs,
    },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
}

/** Writes {@link toOnnx} to a file: under a temporary name first, then renamed. @throws also UNWRITABLE_FILE */
export async function saveOnnx(model: Model, path: string, options?: OnnxOptions): Promise<void> {
  const bytes = toOnnx(model, options);
  await replaceFile(path, (handle) => handle.writeFile(bytes));
}

function addMatrix(graph: GraphBuilder, { inputs }: Model): { readonly value: string; readonly inputs?: undefined } {
  graph.input('features', graph.precision, inputs);
  return { value: 'features' };
}

/** @returns the name of the value with the outputs */
function addNetwork(graph: GraphBuilder, { spec: { architecture, parameters } }: Model, features: string): string {
  const { nodes, layers, layout, trackedWidth } = programOf(architecture);
  const affine = (layer: number, input: string, output: string): string => {
    const { name, inputs, outputs } = layers[layer]!;
    const weights = graph.numbers(`${name}.weight`, blockOf(parameters, weightBlock(layout, layer)), [inputs, outputs]);
    const bias = graph.numbers(`${name}.bias`, blockOf(parameters, biasBlock(layout, layer)), [outputs]);
    return graph.node('Gemm', [input, weights, bias], output);
  };
  const tracked = affine(0, features, 'tracked');
  const values: string[] = [];
  nodes.forEach((node, at) => {
    const [a, b] = node.inputs.map((input) => values[input]!);
    const name = `node${at}`;
    values.push(activated(graph, node, name, valueOf(node, name, a, b)));
  });
  return values.at(-1)!;

  function valueOf(node: ProgramNode, name: string, a: string | undefined, b: string | undefined): string {
    if (node.kind === 'tracked') {
      if (node.width === trackedWidth) return tracked;
      const [from, to] = [node.from, node.from + node.width];
      const bounds = [graph.integers(`${name}.from`, [from]), graph.integers(`${name}.to`, [to])];
      return graph.node('Slice', [tracked, ...bounds, graph.integers(`${name}.axis`, [1])], `${name}.sum`);
    }
    if (node.kind === 'affine') return affine(node.layer, a!, `${name}.sum`);
    if (node.kind === 'activation') return a!;
    return graph.node(node.kind === 'product' ? 'Mul' : 'Add', [a!, b!], `${name}.sum`);
  }
}

function activated(graph: GraphBuilder, { activation, sharpness }: ProgramNode, name: string, value: string): string {
  if (activation === 'identity') return value;
  if (sharpness === 1) return graph.node(operators[activation], [value], name);
  const scaled = graph.node('Mul', [value, graph.numbers(`${name}.sharpness`, [sharpness], [1])], `${name}.scaled`);
  return graph.node(operators[activation], [scaled], name);
}

/** From the outputs to what they mean, by the coding of the task and the inverse link of the loss. */
function addMeaning(graph: GraphBuilder, model: Model, outputs: string, labels: 'class' | 'index'): void {
  const { task } = model.spec;
  const { coding, classes = [] } = task;
  const width = task.outputs;
  const { inverseLink, prediction } = model.loss;
  if (coding === 'numbers') {
    if (prediction && inverseLink !== 'exp') throw unknownLink(task.loss);
    graph.node(inverseLink === 'exp' ? 'Exp' : 'Identity', [outputs], 'prediction');
    graph.output('prediction', graph.precision, width);
    return;
  }
  const scores = graph.node('Identity', [outputs], 'scores');
  if (coding === 'by-task') {
    graph.output('scores', graph.precision, width);
    return;
  }
  if (coding === 'label-sets') {
    const positive = isPositive(graph, scores);
    graph.cast(positive, 'int64', 'labels');
    graph.output('labels', 'int64', width);
  } else {
    const index =
      coding === 'two-classes'
        ? indexOfTwo(graph, scores)
        : graph.node('ArgMax', [scores], 'index', { axis: 1, keepdims: 0 });
    addLabel(graph, index, labels === 'index' ? null : classes);
  }
  if (inverseLink === 'sigmoid' || inverseLink === 'softmax') {
    addProbabilities(graph, scores, inverseLink, coding === 'two-classes');
    graph.output('probabilities', graph.precision, coding === 'two-classes' ? 2 : width);
  }
  graph.output('scores', graph.precision, width);
}

function isPositive(graph: GraphBuilder, scores: string): string {
  return graph.node('Greater', [scores, graph.numbers('zero', [0], [1])], 'positive');
}

/** 1 where the one score of a row is above 0. */
function indexOfTwo(graph: GraphBuilder, scores: string): string {
  const column = graph.cast(isPositive(graph, scores), 'int64', 'index.column');
  return graph.node('Squeeze', [column, graph.integers('index.axis', [1])], 'index');
}

/** @param classes null for the index itself */
function addLabel(graph: GraphBuilder, index: string, classes: readonly ClassLabel[] | null): void {
  if (classes === null || classes.every((label, a) => label === a)) {
    graph.node('Identity', [index], 'label');
    graph.output('label', 'int64');
    return;
  }
  const numeric = classes.every((label) => typeof label === 'number');
  const whole = numeric && classes.every(Number.isSafeInteger);
  const type = whole ? 'int64' : numeric ? 'float64' : 'string';
  const names = whole
    ? graph.integers('classes', classes as number[])
    : numeric
      ? graph.doubles('classes', classes as number[])
      : graph.texts('classes', classes.map(String));
  graph.node('Gather', [names, index], 'label', { axis: 0 });
  graph.output('label', type);
}

function addProbabilities(graph: GraphBuilder, scores: string, link: 'sigmoid' | 'softmax', two: boolean): void {
  if (link === 'softmax') graph.node('Softmax', [scores], 'probabilities', { axis: 1 });
  else if (!two) graph.node('Sigmoid', [scores], 'probabilities');
  else {
    // Of both signs: 1 - p would lose the digits of a small probability.
    const second = graph.node('Sigmoid', [scores], 'probability.second');
    const first = graph.node('Sigmoid', [graph.node('Neg', [scores], 'scores.negative')], 'probability.first');
    graph.node('Concat', [first, second], 'probabilities', { axis: 1 });
  }
}

function unknownLink(loss: string): PlanesearchError {
  const sentence = `The loss '${loss}' must say by inverseLink how outputs become predictions to be exported, but it has a function alone.`;
  return new PlanesearchError('INCOMPATIBLE', sentence);
}

function tooLarge(): PlanesearchError {
  return new PlanesearchError('INCOMPATIBLE', 'An ONNX file must be below 2 GiB, but this model is larger.');
}

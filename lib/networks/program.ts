/**
 * From the list of steps to what is computed: the *program*, a list of nodes, made once and read by both backends.
 *
 * An activation that is the only reader of its argument is merged into the node that makes it, so that the stack of an mlp is
 * one node a layer, with the activation applied while the numbers are at hand. A slice becomes the node that reads the tracked
 * product, so that nothing is copied.
 */
import { activations, type ActivationName } from '../activations/index.js';
import { describe, lookUp, PlanesearchError, reject, requireInteger, requireNumber } from '../core/errors.js';
import { layoutOf, type LayerShape, type ParameterLayout } from '../core/parameters.js';
import type { Architecture, NetworkStep } from './network.js';

export type NodeKind = 'tracked' | 'affine' | 'activation' | 'product' | 'sum';

export interface ProgramNode {
  readonly kind: NodeKind;
  /** The nodes it reads, all earlier ones: none, one or two. */
  readonly inputs: readonly number[];
  readonly width: number;
  /** Applied to the result: h(sharpness z). */
  readonly activation: ActivationName;
  readonly sharpness: number;
  /** 0 for nodes that read the tracked product, the layer of an affine node, otherwise -1. */
  readonly layer: number;
  /** First column of the tracked product that a 'tracked' node reads. */
  readonly from: number;
}

export interface Program {
  readonly inputs: number;
  /** Columns of the tracked product. */
  readonly trackedWidth: number;
  /** Columns of the output. */
  readonly outputs: number;
  /** The first layer and those of the affine nodes, in order. */
  readonly layers: readonly LayerShape[];
  readonly layout: ParameterLayout;
  /** In order of computation; the last one makes the output. */
  readonly nodes: readonly ProgramNode[];
}

/** 2^29 numbers are 4 GiB; a run keeps several vectors of this length. */
export const PARAMETER_LIMIT = 2 ** 29;

const made = new WeakMap<Architecture, Program>();

/**
 * @throws PlanesearchError INVALID_OPTION for a list that does not fit together, in one sentence that names the step, and for
 *   more than {@link PARAMETER_LIMIT} parameters
 */
export function programOf(architecture: Architecture): Program {
  let program = made.get(architecture);
  if (!program) made.set(architecture, (program = compile(architecture)));
  return program;
}

type Draft = { -readonly [Key in keyof ProgramNode]: ProgramNode[Key] };

function compile({ inputs, tracked, steps }: Architecture): Program {
  requireInteger('The number of inputs of a network', inputs, 1);
  requireInteger('The width of the first layer', tracked.outputs, 1);
  const layers: LayerShape[] = [{ name: tracked.layer, inputs, outputs: tracked.outputs }];
  const readers = countReaders(steps);
  const nodes: Draft[] = [];
  /** Which node holds a named value. */
  const holders = new Map<string, number>();
  const hold = (value: string, at: number): void => {
    if (value === 'tracked' || holders.has(value)) refuse(value, 'must have a name of its own');
    holders.set(value, at);
  };
  const add = (value: string, node: Partial<Draft> & Pick<Draft, 'kind' | 'inputs' | 'width'>): void =>
    hold(value, nodes.push({ activation: 'identity', sharpness: 1, layer: -1, from: 0, ...node }) - 1);
  const find = (value: string, of: string): number => {
    const known = holders.get(of);
    if (known !== undefined) return known;
    if (of !== 'tracked') return refuse(value, `must read an earlier value, but reads ${describe(of)}`);
    holders.set('tracked', nodes.push({ ...wholeTracked(tracked.outputs) }) - 1);
    return holders.get('tracked')!;
  };
  for (const step of steps) {
    const { value } = step;
    if (step.step === 'slice') {
      checkSlice(step, tracked.outputs);
      add(value, { ...wholeTracked(step.width), from: step.from });
    } else if (step.step === 'affine') {
      const input = find(value, step.of);
      const { width } = nodes[input]!;
      layers.push({
        name: step.layer,
        inputs: width,
        outputs: requireInteger(`The outputs of layer ${describe(step.layer)}`, step.outputs, 1),
      });
      add(value, { kind: 'affine', inputs: [input], width: step.outputs, layer: layers.length - 1 });
    } else if (step.step === 'activation') {
      const input = find(value, step.of);
      const node = nodes[input]!;
      const applied = { activation: step.activation, sharpness: checkSharpness(step) };
      if (readers.get(step.of) === 1 && node.activation === 'identity') {
        Object.assign(node, applied);
        hold(value, input);
      } else add(value, { kind: 'activation', inputs: [input], width: node.width, ...applied });
    } else {
      const [a, b] = step.of.map((of) => find(value, of)) as [number, number];
      if (nodes[a]!.width !== nodes[b]!.width) {
        refuse(
          value,
          `must combine two values of one width, but they have ${nodes[a]!.width} and ${nodes[b]!.width} columns`,
        );
      }
      add(value, { kind: step.step, inputs: [a, b], width: nodes[a]!.width });
    }
  }
  if (nodes.length === 0) nodes.push(wholeTracked(tracked.outputs));
  checkNames(layers);
  const layout = layoutOf(layers);
  checkSize(layout);
  checkUse(nodes, tracked.outputs, new Map([...holders].map(([value, at]) => [at, value])));
  return { inputs, trackedWidth: tracked.outputs, outputs: nodes.at(-1)!.width, layers, layout, nodes };
}

function wholeTracked(width: number): Draft {
  return { kind: 'tracked', inputs: [], width, activation: 'identity', sharpness: 1, layer: 0, from: 0 };
}

function countReaders(steps: readonly NetworkStep[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const { of } of steps) for (const name of [of].flat()) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

function checkSlice({ value, from, width }: Extract<NetworkStep, { step: 'slice' }>, outputs: number): void {
  requireInteger(`The first column of the slice ${describe(value)}`, from, 0, outputs - 1);
  requireInteger(`The width of the slice ${describe(value)}`, width, 1, outputs - from);
}

function checkSharpness({ value, activation, sharpness = 1 }: Extract<NetworkStep, { step: 'activation' }>): number {
  const { saturates } = lookUp(activations, 'activation', activation);
  requireNumber(`The sharpness of ${describe(value)}`, sharpness, Number.MIN_VALUE);
  if (sharpness !== 1 && !saturates) refuse(value, `must have sharpness 1, as the activation ${activation} has none`);
  return sharpness;
}

/**
 * Every column of the tracked product is read by exactly one node, and every node but the last by a later one.
 *
 * @param values what every node holds in the end
 */
function checkUse(nodes: readonly ProgramNode[], width: number, values: ReadonlyMap<number, string>): void {
  const readers = new Uint8Array(width);
  for (const node of nodes)
    if (node.kind === 'tracked') for (let a = node.from; a < node.from + node.width; a++) readers[a]!++;
  const odd = readers.findIndex((count) => count !== 1);
  if (odd >= 0) {
    reject(
      'INVALID_OPTION',
      `Column ${odd} of the tracked product`,
      'read by exactly one slice, or all of it whole',
      readers[odd],
    );
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const idle = nodes.findIndex((_, at) => at < nodes.length - 1 && !read.has(at));
  if (idle >= 0) refuse(values.get(idle)!, 'must be read by a later step');
}

function checkNames(layers: readonly LayerShape[]): void {
  const names = layers.map(({ name }) => name);
  const twice = names.find((name, l) => names.indexOf(name) !== l);
  if (twice !== undefined) reject('INVALID_OPTION', 'The names of layers', 'all different', twice);
}

/** Before memory is taken for anything as long as the parameters, or as wide as a layer. */
function checkSize({ size }: ParameterLayout): void {
  if (size <= PARAMETER_LIMIT) return;
  const expected = `at most ${PARAMETER_LIMIT} parameters`;
  const sentence = `A network must have ${expected}, but this one has ${size}.`;
  throw new PlanesearchError('INVALID_OPTION', sentence, { expected, received: `${size}` });
}

function refuse(value: string, problem: string): never {
  throw new PlanesearchError('INVALID_OPTION', `The step ${describe(value)} of a network ${problem}.`);
}

/** Whether some activation's derivative vanishes on both sides. */
export function saturates({ nodes }: Program): boolean {
  return nodes.some(({ activation }) => activations[activation].saturates);
}

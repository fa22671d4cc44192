/**
 * What a state is the state of, part by part in words or as a digest, so that it is never given to another run in silence.
 */
import type { Backend } from '../backends/backend.js';
import { PlanesearchError } from './errors.js';
import type { ObjectiveSpec } from './objective-spec.js';
import { murmurHash3 } from './murmur-hash.js';
import { createRandom } from './random.js';
import type { ValidationSpec } from './validation.js';

export type Identity = Readonly<Record<string, string>>;

/** Options by name, as plain JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** The name of a part with what it was made with: `lbfgs (pairs 10)`. */
export function withSettings({
  name,
  settings = {},
}: {
  readonly name: string;
  readonly settings?: Settings | undefined;
}): string {
  const told = Object.entries(settings).map(([option, value]) => {
    return `${option} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return told.length === 0 ? name : `${name} (${told.join(', ')})`;
}

export function identityOf(spec: ObjectiveSpec, backend: Backend): Identity {
  const { matrix, architecture, loss, targets, offsets, sampleWeights, penalize = 'given', memory, grows } = spec;
  const { origin, distance, scale } = matrix.frame;
  return {
    backend: backend.name,
    ...(backend.ranks !== undefined && { ranks: backend.ranks }),
    'data matrix': `${matrix.rows} x ${matrix.columns}, ${matrix.precision}, ${digest(origin, distance, scale)}`,
    network: digest(JSON.stringify(architecture)),
    loss: `${loss.name} ${JSON.stringify(loss.parameters)}`,
    targets: digest(targets),
    offsets: offsets ? digest(offsets) : 'none',
    'sample weights': sampleWeights ? digest(sampleWeights) : 'none',
    penalty: `${penaltyText(spec)} on the columns as ${penalize}${grows ? ', raised on a sample' : ''}`,
    memory: String(memory),
  };
}

function penaltyText({ l2, l1, layerPenalties = [] }: ObjectiveSpec): string {
  const byLayer = layerPenalties.some((c) => c !== 1) ? ` times ${layerPenalties.join(', ')} by layer` : '';
  return `${l2}${byLayer}${l1 === undefined ? '' : ` and l1 ${l1}`}`;
}

/** Of rows held out, X by its product with a fixed random vector: in another row or with another number in one it has other bits. */
export async function validationIdentity(spec: ValidationSpec): Promise<string> {
  const { matrix, targets, offsets, sampleWeights } = spec;
  const random = createRandom(0);
  const probe = Float64Array.from({ length: matrix.columns }, () => 1 + random.uniform());
  const parts = [await matrix.multiply(probe, 1), targets, offsets ?? 'none', sampleWeights ?? 'none'];
  return `${matrix.rows} rows, ${digest(...parts)}`;
}

/** 64 bits: equal for two inputs that differ once in 10^19 times, which nobody who means well will see. */
function digest(...parts: readonly (string | Float64Array)[]): string {
  let [high, low] = [0, 1];
  for (const part of parts) {
    const bytes =
      typeof part === 'string'
        ? new TextEncoder().encode(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    high = murmurHash3(bytes, 0, bytes.length, high);
    low = murmurHash3(bytes, 0, bytes.length, low);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** @throws PlanesearchError INCOMPATIBLE that names the first part in which the two differ */
export function checkIdentity(own: Identity, given: Identity): void {
  for (const [part, value] of Object.entries(own)) {
    const other = given[part];
    if (other === value) continue;
    const sentence = `The state must be that of an equal run, but its ${part} differs: ${other ?? 'none'} where this run has ${value}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: value, received: String(other) });
  }
}

/** The readers that are fuzzed, each loaded when it is asked for. */
import type { Target } from '../target.js';

export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  csv: async () => (await import('./csv.js')).csv,
  jsonl: async () => (await import('./jsonl.js')).jsonl,
  libsvm: async () => (await import('./libsvm.js')).libsvm,
  idx: async () => (await import('./idx.js')).idx,
  npy: async () => (await import('./npy.js')).npy,
  npz: async () => (await import('./npz.js')).npz,
  parquet: async () => (await import('./tables.js')).parquet,
  arrow: async () => (await import('./tables.js')).arrow,
  model: async () => (await import('./model.js')).model,
  checkpoint: async () => (await import('./checkpoint.js')).checkpoint,
};

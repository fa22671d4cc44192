/** Work on rank 0 of several ranks in this process. */
import {
  inProcess,
  lead,
  serve,
  type Cluster,
  type InProcessOptions,
  type LeadOptions,
} from '../../lib/distributed/index.js';

export interface Ranks extends LeadOptions {
  readonly size: number;
  readonly network?: InProcessOptions;
}

export async function onRanks<T>({ size, network, ...options }: Ranks, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const [first, ...others] = inProcess(size, network);
  const { parts, ...served } = options;
  const serving = others.map((communicator) => serve(communicator, served));
  for (const promise of serving) promise.catch(() => undefined);
  const cluster = await lead(first!, options);
  try {
    return await work(cluster);
  } finally {
    await cluster.end();
    await Promise.all(serving);
  }
}

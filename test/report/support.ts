/** Runs whose pages are looked at: a classification, a regression, texts and images, each small. */
import { createRandom } from '../../lib/core/random.js';
import { loadTable, type LoadedTable } from '../../lib/data/index.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';
import { csvRows, priceRows, type Workspace } from '../cli/support.js';

export interface Case {
  readonly training: Training;
  readonly test: LoadedTable<true>;
}

export type CaseName = 'classification' | 'regression' | 'text' | 'images';

export async function casesIn(work: Workspace): Promise<Record<CaseName, Case>> {
  const images = {
    labels: work.write(
      'train-labels',
      idx([90], (i) => i % 3),
    ),
  };
  const pictures = work.write('train-images', imagesOf(90, 1));
  return {
    classification: await fitted(work.write('c.csv', csvRows(150, 1)), work.write('c2.csv', csvRows(80, 2)), {
      validation: 0.2,
    }),
    regression: await fitted(
      work.write('r.csv', priceRows(120, 3)),
      work.write('r2.csv', priceRows(60, 4)),
      {},
      { target: 'price' },
    ),
    text: await fitted(
      work.write('t.csv', textRows(120, 5)),
      work.write('t2.csv', textRows(60, 6)),
      {},
      { vectorizer: { features: 512 } },
    ),
    images: await fitted(pictures, pictures, { network: 'mlp', hidden: [6] }, images),
  };
}

async function fitted(file: string, testFile: string, options: TrainOptions, reading: object = {}): Promise<Case> {
  const table = await loadTable(file, reading);
  const { schema } = table;
  const labels = 'labels' in reading ? reading : {};
  const test = await loadTable(testFile, { schema, ...labels });
  const data = { x: table.data, y: table.target, schema };
  return { training: await train(data, { backend: 'javascript', maxIterations: 40, ...options }), test };
}

function textRows(rows: number, seed: number): string {
  const random = createRandom(seed);
  const words = { good: ['fine', 'bright', 'calm', 'warm'], bad: ['dull', 'cold', 'loud', 'grim'] };
  const common = ['the', 'day', 'was', 'and', 'so', 'it', 'went', 'on', 'for', 'all'];
  const lines = Array.from({ length: rows }, (_, i) => {
    const label = i % 2 === 0 ? 'good' : 'bad';
    const text = Array.from({ length: 9 }, () =>
      random.uniform() < 0.3 ? words[label][random.integer(4)] : common[random.integer(10)],
    );
    return `"${text.join(' ')} number ${i}, said by ${random.integer(1e6)}",${label}`;
  });
  return ['review,mood', ...lines, ''].join('\n');
}

/** Unsigned bytes in IDX. */
function idx(shape: readonly number[], value: (k: number) => number): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, k) => header.writeUInt32BE(size, 4 + 4 * k));
  const count = shape.reduce((product, size) => product * size, 1);
  return Buffer.concat([header, Uint8Array.from({ length: count }, (_, k) => value(k))]);
}

/** 8 x 8 pixels with a bright bar, whose place is the class. */
function imagesOf(rows: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return idx([rows, 8, 8], (k) => {
    const [row, line] = [Math.floor(k / 64), Math.floor((k % 64) / 8)];
    return (Math.floor(line / 3) === row % 3 ? 150 : 0) + random.integer(100);
  });
}

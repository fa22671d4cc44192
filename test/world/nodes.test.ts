/** The packed tarball, with the one native file, on every line of Node that is maintained. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Consumer, expectedBackend } from './consumer.js';
import { nodeMajors, nodeOf } from './nodes.js';

vi.setConfig({ testTimeout: 180_000 });

let consumer: Consumer;
beforeAll(() => {
  consumer = new Consumer();
}, 120_000);
afterAll(() => consumer.remove());

const program = `
  import { createRequire } from 'node:module';
  import { loadTable, Model, train } from 'planesearch';
  const { data, target, schema } = await loadTable('line.csv');
  const { model, backend } = await train({ x: data, y: target, schema });
  await model.save('line.model');
  const [prediction] = await (await Model.load('line.model')).predict({ values: Float64Array.of(29), rows: 1, columns: 1 });
  const required = createRequire(import.meta.url)('planesearch');
  console.log(process.versions.node.split('.')[0], backend, prediction.toFixed(9), required.train === train);
`;

describe.each(nodeMajors.map(nodeOf))('Node $major', ({ major, file }) => {
  it.skipIf(file === null)('imports it, requires it, trains, saves and predicts', () => {
    consumer.write('line.csv', 'x,y\n1,3\n2,5\n3,7\n4,9\n5,11\n');
    const script = consumer.write('line.mjs', program);
    const { status, stdout, stderr } = consumer.node([script], { executable: file! });
    // Node 20.19 announces that it can require an ES module.
    expect(stderr.replace(/^.*(ExperimentalWarning|--trace-warnings).*\n/gm, '')).toBe('');
    expect([status, stdout]).toEqual([0, `${major} ${expectedBackend} 59.000000000 true\n`]);
  });

  it.skipIf(file === null)('runs the command line', () => {
    consumer.write('line.csv', 'x,y\n1,3\n2,5\n3,7\n4,9\n5,11\n');
    const cli = 'node_modules/planesearch/bin/planesearch.mjs';
    const { status, stdout } = consumer.node([cli, 'train', 'line.csv', '--json'], { executable: file! });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ backend: expectedBackend, n: 5, d: 1, train: { r2: 1 } });
  });
});

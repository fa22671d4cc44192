/** The penalty of a large network is chosen where early stopping is asked for; just so large, since the least that counts as large is fixed. */
import { expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { TrainerState } from '../../lib/core/trainer.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { nativeAbsence } from '../support/backends.js';
import { normals } from '../support/problems.js';

// A tenth of the rows is held out, and 16470 x 128 x 128 > 2^28.
const [rows, columns, units] = [18300, 128, 128];

it.skipIf(nativeAbsence)(
  `early stopping chooses l2 unasked, and a run that is gone on with must name it${nativeAbsence ?? ''}`,
  async () => {
    const random = createRandom(5);
    const values = Float32Array.from(normals(random, rows * columns));
    const y = Array.from({ length: rows }, (_, i) => Number(values[i * columns]! + random.normal() > 0));
    const data = { x: { values, rows, columns }, y };
    const options: TrainOptions = { network: 'mlp', hidden: [units], validation: 0.1, maxIterations: 2 };
    const states: TrainerState[] = [];
    const callbacks: TrainOptions['callbacks'] = [async (_, run) => void states.push(await run.state())];
    const { l2, penalty } = await train(data, { ...options, earlyStopping: true, maxIterations: 1, callbacks });
    // Of 16470 rows half is judged, and fits see no other.
    expect(penalty).toMatchObject({ judge: 'held-out', by: '8278 rows held out' });
    expect(penalty!.path.map((member) => member.l2)).toContain(l2);
    const named = await train(data, { ...options, earlyStopping: true, l2: 1 / rows });
    expect(named.penalty).toBeNull();
    expect((await train(data, options)).penalty).toBeNull();
    const goingOn: TrainOptions = { ...options, earlyStopping: true, start: { state: states[1]! } };
    await expect(train(data, goingOn)).rejects.toThrow('l2 must be the number of that run');
    expect((await train(data, { ...goingOn, l2 })).iterations).toBe(2);
  },
  120_000,
);

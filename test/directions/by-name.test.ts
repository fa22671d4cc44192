/** Directions by name with options in words. */
import { describe, expect, it } from 'vitest';
import { directionByName, parseDirectionOption } from '../../lib/directions/by-name.js';
import { directions, lbfgs } from '../../lib/directions/index.js';
import { train } from '../../lib/train.js';
import { smallProblem } from '../support/problems.js';

describe('a direction by its name', () => {
  it('is made with what it is told, by every option that it says it has', () => {
    for (const [name, make] of Object.entries(directions)) {
      const options = 'options' in make ? make.options : {};
      for (const [option, { default: value }] of Object.entries(options as Record<string, { default: unknown }>)) {
        const known = name === 'coordinate' && option === 'layers' ? 'hidden' : value;
        if (typeof known === 'number' || !/ /.test(String(known)))
          expect(directionByName(name, { [option]: known as number | string }).settings).toHaveProperty(option);
      }
    }
    expect(directionByName('lbfgs', { pairs: 3 }).settings).toEqual({ pairs: 3 });
    expect(directionByName('zeroth-order', { block: 'in-turn', samples: 2 }).settings).toMatchObject({
      block: 'in turn',
      samples: 2,
    });
    expect(directionByName('zeroth-order', { block: 'hidden+output.bias' }).settings).toMatchObject({
      block: ['hidden', 'output.bias'],
    });
    expect(directionByName('zeroth-order', { block: ['hidden'] }).settings).toMatchObject({ block: ['hidden'] });
  });

  it('reads words', () => {
    expect(parseDirectionOption('pairs=5')).toEqual({ pairs: 5 });
    expect(parseDirectionOption('block=in-turn')).toEqual({ block: 'in-turn' });
    expect(() => parseDirectionOption('pairs')).toThrow(
      "An option of a direction must be name=value, such as pairs=5, but 'pairs' was given.",
    );
  });

  it('refuses what it does not have', () => {
    expect(() => directionByName('lbfgs', { samples: 2 })).toThrow(
      "The direction 'lbfgs' has no option 'samples'; the direction 'zeroth-order' has it.",
    );
    expect(() => directionByName('lbfgs', { pairs: 'many' })).toThrow('lbfgs pairs must be an integer');
    expect(() => directionByName('lbfg')).toThrow('direction must be one of ');
  });
});

describe('directionOptions of train', () => {
  const { x, rows, columns, targets } = smallProblem({ rows: 80, seed: 4 });
  const data = { x: { values: x, rows, columns }, y: targets };
  const common = { backend: 'javascript', network: 'mlp', hidden: [3], maxIterations: 12 } as const;

  it('are those of the function', async () => {
    const named = await train(data, { ...common, direction: 'lbfgs', directionOptions: { pairs: 2 } });
    const given = await train(data, { ...common, direction: lbfgs({ pairs: 2 }) });
    const other = await train(data, { ...common, direction: 'lbfgs' });
    const course = ({ history }: typeof named) => history.map(({ objective }) => objective);
    expect(course(named)).toEqual(course(given));
    expect(course(named)).not.toEqual(course(other));
  });

  it('need a direction chosen by its name', async () => {
    const refused = train(data, { ...common, directionOptions: { pairs: 2 } });
    await expect(refused).rejects.toThrow(
      'directionOptions are for a direction chosen by its name, but it was left to auto.',
    );
    const whole = train(data, { ...common, direction: lbfgs(), directionOptions: { pairs: 2 } });
    await expect(whole).rejects.toThrow("but it was 'lbfgs', given whole.");
  });
});

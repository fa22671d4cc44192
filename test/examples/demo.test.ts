import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellsOf, rowOf, runExample } from './support.js';

interface Drawing {
  readonly SIDE: number;
  drawImages(count: number, seed: number): { x: { values: Float64Array; rows: number; columns: number }; y: Float64Array };
}
// A computed address: the example is plain JavaScript and has no types.
const drawing = path.resolve(import.meta.dirname, '..', '..', 'examples', 'demo', 'images.mjs');
const { drawImages, SIDE } = (await import(pathToFileURL(drawing).href)) as Drawing;

describe('the images', () => {
  it('are the same for the same seed and others for another', () => {
    expect(drawImages(50, 1)).toEqual(drawImages(50, 1));
    expect(drawImages(50, 1).x.values).not.toEqual(drawImages(50, 2).x.values);
  });

  it('have values from paper to ink, and ink in every one', () => {
    const { x, y } = drawImages(100, 3);
    expect(x.columns).toBe(SIDE * SIDE);
    expect(new Set(y).size).toBe(10);
    for (const value of x.values) if (!(value >= 0 && value <= 1)) expect.fail(`${value} is neither paper nor ink`);
    for (let i = 0; i < x.rows; i++) {
      const inked = x.values.subarray(i * x.columns, (i + 1) * x.columns).filter((value) => value > 0.5).length;
      expect(inked).toBeGreaterThan(10);
    }
  });
});

describe('the demo', { timeout: 120_000 }, () => {
  it('trains, compares the backends and saves a picture', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-demo-'));
    try {
      const output = await runExample('demo', '--quick', '--out', folder);
      expect(Number.parseFloat(rowOf(output, 'accuracy, held-out images')[1]!)).toBeGreaterThan(60);
      // The backends take the same path: wherever both have been, they agree to the digits shown.
      const common = cellsOf(output)
        .find(([first]) => first?.startsWith('objective at iteration'))!
        .slice(1)
        .map(Number);
      for (const objective of common) expect(objective).toBeCloseTo(common[0]!, 4);
      const backends = rowOf(output, 'backend')
        .slice(1)
        .map((cell) => cell.split(',')[0]);
      expect([['native', 'javascript'], ['javascript']]).toContainEqual(backends);

      const picture = path.join(folder, 'digits.png');
      expect(output).toContain(picture);
      const png = await readFile(picture);
      expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
      // Ten tiles of four times the images' width, side by side.
      expect(png.readUInt32BE(16)).toBeGreaterThan(10 * 4 * SIDE);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

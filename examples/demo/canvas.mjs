import { writeFile } from 'node:fs/promises';
import { PNG } from 'pngjs';
import { letterPixels } from './lettering.mjs';

/** A picture in memory, RGB colors as [red, green, blue] from 0 to 255. */
export class Canvas {
  #png;

  constructor(width, height, background) {
    this.#png = new PNG({ width, height });
    this.rectangle(0, 0, width, height, background);
  }

  rectangle(left, top, width, height, [red, green, blue]) {
    const { data, width: across } = this.#png;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) data.set([red, green, blue, 255], 4 * (y * across + x));
    }
  }

  /** A square image in the colors `color(value)`, every pixel `scale` wide: nothing is smoothed away. */
  image(left, top, values, scale, color) {
    const side = Math.sqrt(values.length);
    for (let e = 0; e < values.length; e++) {
      this.rectangle(left + scale * (e % side), top + scale * Math.floor(e / side), scale, scale, color(values[e]));
    }
  }

  /** One line of text from runs [text, color]; `align` 0 puts its left end at x, 0.5 its middle. */
  text(x, top, runs, scale, align = 0) {
    const pieces = runs.map(([text, color]) => ({ ...letterPixels(text), color }));
    let left = Math.round(x - align * scale * (pieces.reduce((sum, { width }) => sum + width, 0) - 1));
    for (const { pixels, width, color } of pieces) {
      for (const [dx, dy] of pixels) this.rectangle(left + dx * scale, top + dy * scale, scale, scale, color);
      left += width * scale;
    }
  }

  async save(path) {
    await writeFile(path, PNG.sync.write(this.#png, { colorType: 2 }));
  }
}

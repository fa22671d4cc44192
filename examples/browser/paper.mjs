/** A canvas to draw on with mouse, pen or finger, and what is on it as an image of a few pixels, ink 1 and paper 0. */

/** @param changed is called after every stroke, and after a clearing */
export function createPaper(canvas, side, changed) {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let inked = false;
  let drawing = false;

  function wipe() {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    inked = false;
  }

  function place({ clientX, clientY }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * canvas.width, ((clientY - top) / height) * canvas.height];
  }

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawing = inked = true;
    Object.assign(context, {
      lineWidth: (2.4 * canvas.width) / side,
      lineCap: 'round',
      lineJoin: 'round',
      strokeStyle: '#000',
    });
    context.beginPath();
    context.moveTo(...place(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!drawing) return;
    context.lineTo(...place(event));
    context.stroke();
  });
  canvas.addEventListener('pointerup', () => {
    drawing = false;
    changed();
  });

  /** Means over squares of the canvas; null while nothing is drawn. */
  function image() {
    if (!inked) return null;
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const sums = new Float64Array(side * side);
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * side) / height);
      for (let x = 0; x < width; x++) {
        sums[row * side + Math.floor((x * side) / width)] += 1 - data[4 * (y * width + x)] / 255;
      }
    }
    return sums.map((sum) => (sum * side * side) / (width * height));
  }

  function clear() {
    wipe();
    changed();
  }

  wipe();
  return { clear, image };
}

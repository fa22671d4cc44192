/** The confusion matrix as a picture: a row for the true class, a column for the predicted one. */
import type { ConfusionMatrix } from '../metrics/confusion-matrix.js';
import { svgHead } from './chart.js';
import { figureHtml } from './figure.js';
import { escape, htmlTable, numberText, shortened } from './html.js';

/** More classes are shown as a list of what is taken for what. */
const MOST_CLASSES = 26;
const MOST_PAIRS = 30;
const LONGEST_LABEL = 16;

export function confusionFigure(confusion: ConfusionMatrix): string {
  const { labels, counts } = confusion;
  const title = 'Confusion';
  if (labels.length > MOST_CLASSES) {
    const caption = `What was most often taken for what, of ${labels.length} classes.`;
    return figureHtml({ id: 'confusion', title, caption, body: htmlTable(confusedPairs(confusion)) });
  }
  const rows = counts.map((row, a) => [shortened(String(labels[a]), 40), ...row.map(numberText)]);
  const columns = ['true / predicted', ...labels.map((label) => shortened(String(label), 40))];
  const caption = 'A row for the true class, a column for the predicted one; shaded by the share of the row.';
  return figureHtml({ id: 'confusion', title, caption, body: matrixSvg(confusion), numbers: { columns, rows } });
}

function matrixSvg({ labels, counts }: ConfusionMatrix): string {
  const texts = labels.map((label) => shortened(String(label), LONGEST_LABEL));
  const longest = Math.max(...texts.map((text) => text.length));
  const side = labels.length <= 4 ? 76 : labels.length <= 12 ? 46 : 30;
  const margin = 34 + 7.4 * longest;
  // Labels that are wider than a cell stand upright.
  const upright = 7.4 * longest > side - 4;
  const top = upright ? margin : 44;
  const [width, height] = [margin + side * labels.length + 12, top + side * labels.length + 8];
  const hits = counts.reduce((sum, row, a) => sum + row[a]!, 0);
  const all = counts.flat().reduce((sum, count) => sum + count, 0);
  const description = `${numberText(hits)} of ${numberText(all)} rows on the diagonal, of ${labels.length} classes.`;
  const centers = labels.map((_, a) => side * (a + 0.5));
  const across = texts.map((text, a) => {
    const at = margin + centers[a]!;
    const place = upright
      ? `transform="translate(${at + 4} ${top - 7}) rotate(-90)"`
      : `x="${at}" y="${top - 8}" text-anchor="middle"`;
    return `<text ${place}>${escape(text)}</text>`;
  });
  const down = texts.map(
    (text, a) => `<text x="${margin - 8}" y="${top + centers[a]! + 4}" text-anchor="end">${escape(text)}</text>`,
  );
  return [
    svgHead('confusion-0', width, height, 'Confusion matrix', description),
    `<text class="label" x="${margin + (side * labels.length) / 2}" y="14" text-anchor="middle">predicted</text>`,
    `<text class="label" transform="translate(14 ${top + (side * labels.length) / 2}) rotate(-90)" text-anchor="middle">true</text>`,
    ...across,
    ...down,
    ...counts.map((row, a) => rowSvg(row, a, margin, top, side)),
    '</svg>',
  ].join('\n');
}

function rowSvg(row: readonly number[], a: number, left: number, top: number, side: number): string {
  const sum = row.reduce((total, count) => total + count, 0);
  return row
    .map((count, b) => {
      const share = sum > 0 ? count / sum : 0;
      const [x, y] = [left + side * b, top + side * a];
      const cell = `<rect class="mark cell" x="${x}" y="${y}" width="${side - 2}" height="${side - 2}" fill="var(--c0)" fill-opacity="${(0.05 + 0.9 * share).toFixed(3)}"/>`;
      if (count === 0) return cell;
      const small = String(Math.round(count)).length * 7 > side - 6 ? ' font-size="9"' : '';
      const style = share > 0.5 ? ' class="on"' : '';
      return `${cell}<text${style}${small} x="${x + side / 2 - 1}" y="${y + side / 2 + 3}" text-anchor="middle">${numberText(count)}</text>`;
    })
    .join('');
}

function confusedPairs({ labels, counts }: ConfusionMatrix) {
  const pairs = counts.flatMap((row, a) => row.map((count, b) => ({ a, b, count })));
  const wrong = pairs.filter(({ a, b, count }) => a !== b && count > 0).sort((one, other) => other.count - one.count);
  const label = (a: number): string => shortened(String(labels[a]), 60);
  return {
    columns: ['true', 'predicted', 'rows'],
    rows: wrong.slice(0, MOST_PAIRS).map(({ a, b, count }) => [label(a), label(b), count]),
  };
}

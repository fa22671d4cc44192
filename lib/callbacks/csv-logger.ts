import type { IterationRecord } from '../core/iteration-record.js';
import type { Callback } from '../core/trainer.js';
import { recordFile } from './record-lines.js';

/** Writes a table of the records to a file as it goes: a header line, then a line an iteration. @throws UNWRITABLE_FILE from the run */
export function CSVLogger(path: string): Callback {
  let names: string[] = [];
  return recordFile(path, (record, first) => {
    const row = rowOf(record);
    if (first) names = Object.keys(row);
    const line = `${names.map((name) => row[name] ?? '').join(',')}\n`;
    return first ? `${names.join(',')}\n${line}` : line;
  });
}

/** The numbers of a record that every record of a run has; step sizes, whose names change with the past, are left to JSONL. */
function rowOf(record: IterationRecord): Record<string, number | string> {
  const {
    iteration,
    rows,
    objective,
    loss,
    gradientNorm,
    seconds,
    innerEvaluations,
    status,
    products,
    layerNorms,
    validation,
  } = record;
  const { multiply, multiplyTransposed, gram } = products;
  const numbers = Object.entries(validation ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return {
    iteration,
    rows,
    objective,
    ...(loss !== undefined && { loss }),
    gradientNorm,
    ...Object.fromEntries(numbers.map(([name, value]) => [`validation.${name}`, value])),
    seconds,
    multiply,
    multiplyTransposed,
    gram,
    innerEvaluations,
    status,
    ...Object.fromEntries(
      Object.entries(layerNorms).map(([layer, norm]) => [`norm.${layer.replaceAll(/[",\r\n]/g, '_')}`, norm]),
    ),
  };
}

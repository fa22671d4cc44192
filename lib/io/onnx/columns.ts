/**
 * The columns of a table as inputs of an ONNX graph, a tensor of rows x 1 for each, and what makes of them the columns of X:
 *
 *     numeric, boolean, date   float or double: the number, 1 or 0, days since 1970-01-01; NaN is missing
 *     categorical              text; one-hot by a table of its categories (LabelEncoder of ai.onnx.ml) and a comparison
 *     text                     float or double, rows x features: what the vectorizer makes of it, since no operator of ONNX hashes n-grams
 *
 * Fills, indicators, rare and unknown categories are those of `lib/data/feature-matrix.ts`. A graph refuses nothing: where training refused
 * missing cells, a missing number makes NaN of the outputs, and a missing text is an unknown category.
 */
import { describe, PlanesearchError, reject } from '../../core/errors.js';
import { columnsSchemaOf, widthOfFeature } from '../../data/features.js';
import { missingTexts, numberParser, PLAIN_NUMBERS } from '../../data/number-cell.js';
import type { CategoricalFeature, ColumnsSchema, CsvFeature, DataSchema, NumberFeature } from '../../data/table.js';
import type { GraphBuilder } from './graph.js';

/** An input of the file, for whoever fills it. */
export interface OnnxInput {
  readonly name: string;
  /** Of the table. */
  readonly column: string;
  readonly kind: CsvFeature['kind'];
  readonly width: number;
}

/** Names that the outputs have. */
const OUTPUTS = ['prediction', 'label', 'labels', 'probabilities', 'scores'];

const SAID = {
  numeric: 'a number; NaN is missing',
  boolean: '1 or 0; NaN is missing',
  date: 'days since 1970-01-01 (UTC); NaN is missing',
  categorical: 'text',
  text: 'the features of its hashed n-grams, as TextVectorizer makes them',
} as const;

/** The schema by which columns are read. @throws PlanesearchError INCOMPATIBLE for a model that has none with names */
export function columnsSchema(schema: DataSchema | undefined): ColumnsSchema {
  const named = columnsSchemaOf(schema);
  if (named) return named;
  return reject(
    'INCOMPATIBLE',
    "A model whose ONNX inputs are 'columns'",
    "trained with the schema of a table (otherwise take the inputs 'matrix')",
    schema ? `the format ${schema.format}` : 'no schema',
  );
}

/** @returns the name of the value with the columns of X, and the inputs */
export function addColumns(
  graph: GraphBuilder,
  schema: ColumnsSchema,
): { readonly value: string; readonly inputs: OnnxInput[] } {
  const taken = new Set(OUTPUTS);
  const inputs = schema.features.map((feature): OnnxInput => {
    const { kind, name: column, source } = feature;
    let name = column === '' ? `column ${source}` : column;
    while (taken.has(name)) name += ' (column)';
    taken.add(name);
    return { name, column, kind, width: kind === 'text' ? widthOfFeature(feature) : 1 };
  });
  // All names before any value, which then takes another.
  for (const { name, kind, width } of inputs)
    graph.input(name, kind === 'categorical' ? 'string' : graph.precision, width, `${kind}: ${SAID[kind]}`);
  const parse = numberParser(schema.numbers ?? PLAIN_NUMBERS);
  const marks = [...new Set(schema.missing?.map((mark) => parse(mark.trim())))].filter(Number.isFinite);
  const parts = schema.features.map((feature, k) => {
    const { name } = inputs[k]!;
    if (feature.kind === 'text') return name;
    return feature.kind === 'categorical'
      ? addCategories(graph, feature, name, schema.missing)
      : // The text of a date or of yes and no is no mark.
        addNumber(graph, feature, name, feature.kind === 'numeric' ? marks : []);
  });
  return { value: graph.node('Concat', parts, 'features', { axis: 1 }), inputs };
}

function addCategories(
  graph: GraphBuilder,
  feature: CategoricalFeature,
  input: string,
  marks: readonly string[] | undefined,
): string {
  const { name, categories, others, fill, indicator } = feature;
  const width = widthOfFeature(feature);
  // Beyond the last place: in no column.
  const unknown = others ? categories.length : width;
  const places = new Map(categories.map((category, place) => [category, place]));
  const missing = indicator ? width - 1 : fill === undefined ? unknown : (places.get(fill) ?? unknown);
  for (const text of missingTexts(marks)) if (!places.has(text)) places.set(text, missing);
  const table = { keys_strings: [...places.keys()], values_int64s: [...places.values()], default_int64: unknown };
  const place = graph.node('LabelEncoder', [input], `${name}.place`, table, 'ai.onnx.ml');
  const all = graph.integers(
    `${name}.places`,
    Array.from({ length: width }, (_, at) => at),
  );
  const is = graph.node('Equal', [place, all], `${name}.is`);
  return graph.cast(is, graph.precision, `${name}.one-hot`);
}

function addNumber(
  graph: GraphBuilder,
  { name, fill, indicator }: NumberFeature,
  input: string,
  marks: readonly number[],
): string {
  if (fill === undefined) {
    if (marks.length === 0) return input;
    const [mark] = marks;
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `A column of numbers of which ${mark} is missing must have what stands for it (--impute) to be an ONNX input, but ${describe(name)} has nothing.`,
    );
  }
  let missing = graph.node('IsNaN', [input], `${name}.nan`);
  marks.forEach((mark, k) => {
    const is = graph.node('Equal', [input, graph.numbers(`${name}.mark${k}`, [mark], [1])], `${name}.is-mark${k}`);
    missing = graph.node('Or', [missing, is], `${name}.missing${k}`);
  });
  const filled = graph.node('Where', [missing, graph.numbers(`${name}.fill`, [fill], [1]), input], `${name}.filled`);
  if (!indicator) return filled;
  const flag = graph.cast(missing, graph.precision, `${name}.indicator`);
  return graph.node('Concat', [filled, flag], `${name}.columns`, { axis: 1 });
}

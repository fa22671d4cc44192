/** What is learned from the cells of a training table: categories, and what stands for missing cells. */
import { describe, type PlanesearchError } from '../core/errors.js';
import type { Steps } from '../core/pace.js';
import { optionsIn, TextVectorizer } from '../preprocessing/text-vectorizer.js';
import type { CellBlocks } from './cell-blocks.js';
import type { ColumnLayout } from './column-layout.js';
import { areOwnIntegers, findStandIn, measureSteps, type ColumnMeasures, type StandIn } from './column-measures.js';
import type { CheckedColumnOptions } from './column-options.js';
import { dataError } from './data-error.js';
import type { CodedFeatures } from './feature-matrix.js';
import { numberFill, type Imputation } from './imputation.js';
import type { SparseData } from './matrix-data.js';
import type { TableColumn } from './table-column.js';
import type { CategoricalFeature, CsvFeature, NumberFeature } from './table.js';

export interface LearnedFeatures extends CodedFeatures {
  readonly measures: ColumnMeasures;
  /** Columns of integers that are nearly all different. */
  readonly ownIntegers: ReadonlySet<TableColumn>;
  /** Numbers of nines far from all others of their column. */
  readonly standIns: ReadonlyMap<TableColumn, StandIn>;
}

/** @throws PlanesearchError INVALID_DATA for a column to impute of which every cell is missing */
export function* learnFeatures(
  table: { readonly path: string; readonly columns: readonly TableColumn[] },
  cells: CellBlocks,
  layout: ColumnLayout,
  { rareLevels = 1 }: CheckedColumnOptions,
): Steps<LearnedFeatures> {
  const measures = yield* measureSteps(cells);
  const features: CsvFeature[] = [];
  const places: (Int32Array | null)[] = [];
  const texts = new Map<number, SparseData>();
  const ownIntegers = new Set<TableColumn>();
  const standIns = new Map<TableColumn, StandIn>();
  for (const [k, { column: feature, impute }] of layout.features.entries()) {
    const column = table.columns[k]!;
    if (column.missing === cells.rows && impute !== undefined) throw allMissing(table.path, feature.name, cells.rows);
    if (feature.kind === 'text') {
      const vectorizer = new TextVectorizer(optionsIn(feature.vectorizer));
      texts.set(k, yield* vectorizer.fitTo(column.spec.hashed!));
      features.push({ ...feature, vectorizer: vectorizer.toJSON() });
      places.push(null);
    } else if (feature.kind === 'categorical') {
      const learned = categories(feature, column, impute, rareLevels);
      features.push(learned.feature);
      places.push(learned.places);
    } else {
      features.push(yield* withFill(feature, column, cells, k, measures, impute));
      places.push(null);
      if (feature.kind === 'numeric' && (yield* areOwnIntegers(cells, k))) ownIntegers.add(column);
      const standIn = feature.kind === 'numeric' ? yield* findStandIn(cells, k, measures) : null;
      if (standIn) standIns.set(column, standIn);
    }
  }
  return { features, places, texts, measures, ownIntegers, standIns };
}

function* withFill(
  feature: NumberFeature,
  column: TableColumn,
  cells: CellBlocks,
  k: number,
  { mean }: ColumnMeasures,
  how: Imputation | undefined,
): Steps<CsvFeature> {
  if (how === undefined) return feature;
  const fill = yield* numberFill(how, cells, k, mean[k]!);
  return { ...feature, fill, ...(how === 'indicator' && column.missing > 0 ? { indicator: true } : {}) };
}

/** In ascending order, the rare ones together. */
function categories(
  feature: CategoricalFeature,
  column: TableColumn,
  impute: Imputation | undefined,
  rareLevels: number,
): { readonly feature: CategoricalFeature; readonly places: Int32Array } {
  const { texts, rows } = column.found;
  const kept = texts.filter((_, code) => rows[code]! >= rareLevels).sort();
  const places = new Map(kept.map((category, place) => [category, place]));
  const learned: CategoricalFeature = {
    ...feature,
    categories: kept,
    ...(kept.length < texts.length ? { others: true } : {}),
    ...missingCategory(column, impute),
  };
  return { feature: learned, places: Int32Array.from(texts, (category) => places.get(category) ?? -1) };
}

function missingCategory(
  { found, missing }: TableColumn,
  how: Imputation | undefined,
): Pick<CategoricalFeature, 'fill' | 'indicator'> {
  if (how === undefined) return {};
  if (how === 'indicator' && missing > 0) return { indicator: true };
  return { fill: frequentText(found.texts, found.rows) };
}

function frequentText(texts: readonly string[], rows: readonly number[]): string {
  let best = 0;
  for (let code = 1; code < texts.length; code++) {
    const more = rows[code]! - rows[best]!;
    if (more > 0 || (more === 0 && texts[code]! < texts[best]!)) best = code;
  }
  return texts[best]!;
}

function allMissing(path: string, name: string, rows: number): PlanesearchError {
  const sentence =
    `Column ${describe(name)} of ${describe(path)} must have a value from which to impute, but all ${rows} cells are missing ` +
    '(--ignore leaves the column out).';
  return dataError(sentence, 'a value', 'none');
}

import type { CsvFeature } from './table.js';

/** The names of the columns of X: a categorical feature has one for every category, `town=harbor`. */
export function columnNamesOf(features: readonly CsvFeature[]): string[] {
  return features.flatMap((feature) =>
    feature.kind === 'numeric' ? [feature.name] : feature.categories.map((category) => `${feature.name}=${category}`),
  );
}

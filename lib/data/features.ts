/** Which columns of X a feature has: its numbers or categories, then the others, then the indicator of missing cells. */
import type { ColumnsSchema, CsvFeature, DataSchema } from './table.js';

/** How many columns of X. */
export function widthOfFeature(feature: CsvFeature): number {
  if (feature.kind === 'text') return feature.vectorizer.features;
  const own = feature.kind === 'categorical' ? feature.categories.length + (feature.others ? 1 : 0) : 1;
  return own + (feature.indicator ? 1 : 0);
}

/** `size`, `color=red`, `color=(others)`, `size is missing`. */
export function columnNamesOf(features: readonly CsvFeature[]): string[] {
  const names: string[] = [];
  for (const feature of features) {
    const { name } = feature;
    if (feature.kind === 'categorical') {
      for (const category of feature.categories) names.push(`${name}=${category}`);
      if (feature.others) names.push(`${name}=(others)`);
    } else if (feature.kind === 'text') {
      for (let k = 0; k < feature.vectorizer.features; k++) names.push(`${name}[${k}]`);
    } else names.push(name);
    if (feature.indicator) names.push(`${name} is missing`);
  }
  return names;
}

/** Whether something stands for a missing cell. */
export function acceptsMissing({ fill, indicator }: CsvFeature): boolean {
  return fill !== undefined || indicator === true;
}

/** A schema of columns with names, from a file of CSV or a table of any other kind; undefined for another one. */
export function columnsSchemaOf(schema: DataSchema | undefined): ColumnsSchema | undefined {
  return schema?.format === 'csv' || schema?.format === 'table' ? schema : undefined;
}

/** The names of the columns of X that a schema makes: `coefficients[j]` of a linear model goes with `columnNames(schema)[j]`. */
export function columnNames(schema: DataSchema): string[] {
  const named = columnsSchemaOf(schema);
  return named ? columnNamesOf(named.features) : Array.from({ length: schema.columns }, (_, column) => `column ${column}`);
}

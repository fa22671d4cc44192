/** What has to be told about how the lines of a CSV file were read. */
import { counted, type TableTold } from './column-notices.js';
import { delimiterName, type CsvDialect } from './csv-dialect.js';
import type { CsvLayout } from './csv-layout.js';
import type { CheckedCsvOptions } from './csv-options.js';

export interface CsvReading {
  readonly options: CheckedCsvOptions;
  readonly dialect: CsvDialect;
  readonly layout: CsvLayout;
  /** Rows that lost an empty field at their end. */
  readonly trimmed: number;
  /** Whether the first row was found to be what it is by the names of the schema. */
  readonly byName: boolean;
}

export function guessNotices({ options, dialect, layout, trimmed, byName }: CsvReading): Pick<TableTold, 'took' | 'told'> {
  const told = [...dialect.told];
  if (trimmed > 0) {
    const rows = counted(trimmed, 'row ends', 'rows end');
    told.push(`${rows} with a separator, and the empty field behind it was left out`);
  }
  const took: string[] = [];
  const header = options.header === undefined;
  if (options.schema === undefined) {
    if (header) took.push(`${layout.header ? 'the first' : 'no'} line for column names (--header)`);
    if (options.delimiter === undefined) took.push(`${delimiterName(dialect.delimiter)} for separators (--delimiter)`);
  } else if (header && !byName) {
    // In a file read by the schema of a model, only the first line may have been a guess.
    const names = layout.header ? 'the first line for column names' : 'no line for column names';
    took.push(`${names}, and columns by their place (--header)`);
  }
  return { took, told };
}

/** Takes the rows of a table one by one and makes X, the target and the schema of them: what all formats with columns share. */
import { describe } from '../core/errors.js';
import { paced, type Steps } from '../core/pace.js';
import { CellBlocks } from './cell-blocks.js';
import { missingMarks } from './column-kinds.js';
import type { ColumnLayout } from './column-layout.js';
import type { CheckedColumnOptions } from './column-options.js';
import { summarySteps } from './column-summary.js';
import { noRows } from './data-error.js';
import { checkDenseSize } from './dense.js';
import { matrixOf, sendRows, type CodedFeatures } from './feature-matrix.js';
import type { SparseData } from './matrix-data.js';
import { optionsIn, vectorizerOf, TextVectorizer } from '../preprocessing/text-vectorizer.js';
import { acceptsMissing } from './features.js';
import { learnFeatures, type LearnedFeatures } from './learned-features.js';
import { fileOverLimit } from './limits.js';
import type { MatrixData } from './matrix-data.js';
import { PLAIN_NUMBERS } from './number-cell.js';
import { ENTRY_BYTES } from './storage.js';
import { TableColumn, type ColumnSource, type TableColumnSpec } from './table-column.js';
import type { ColumnsSchema, ColumnSummary, CsvTarget, RawTarget } from './table.js';

export interface ReadTable {
  readonly data: MatrixData;
  readonly target: RawTarget | null;
  readonly schema: ColumnsSchema;
  readonly incompleteRows: readonly number[];
  /** Null for a table that was read by a schema. */
  readonly learned: LearnedFeatures | null;
  readonly groups?: ArrayLike<string | number>;
  readonly summary: readonly ColumnSummary[] | undefined;
}

/** How the table is called, and where its rows are; see `ColumnSource`. */
export type RowSource = Pick<ColumnSource, 'path' | 'place' | 'firstLine'>;

export class TableReader {
  /** The features, then the target if there is one, then the groups. */
  readonly columns: readonly TableColumn[];
  readonly #cells: CellBlocks;
  readonly #incompleteRows: number[] = [];
  readonly #features: number;
  /** Kept once: a table of 100 000 columns has a row in a block, and would leave a list as long as the row behind for each. */
  readonly #growing: readonly TableColumn[];
  readonly #knownColumns: number;

  constructor(
    private readonly source: RowSource,
    private readonly layout: ColumnLayout,
    private readonly options: CheckedColumnOptions,
  ) {
    this.columns = columnsOf(source, layout, options);
    this.#cells = new CellBlocks(this.columns.length, options.sink?.spool);
    this.#features = layout.features.length;
    this.#growing = this.columns.slice(0, this.#features).filter(({ spec }) => spec.kind === 'categorical');
    this.#knownColumns = this.#features - this.#growing.length;
  }

  get rows(): number {
    return this.#cells.rows;
  }

  /** @param line where it stands, as the source names it */
  add(record: readonly unknown[], line: number): void {
    const { columns } = this;
    const cells = this.#cells;
    if (cells.full) this.#checkSize(cells.rows + 1);
    cells.addRow();
    const { block, start } = cells;
    let sum = 0;
    for (let k = 0; k < columns.length; k++) {
      const value = columns[k]!.readCell(record[columns[k]!.spec.at], line);
      block[start + k] = value;
      sum += value;
    }
    // One sum tells whether a cell is missing: finite numbers whose sum overflows are looked at in vain.
    if (Number.isNaN(sum) && this.#hasGap(block, start)) this.#incompleteRows.push(cells.rows - 1);
  }

  /** @throws PlanesearchError INVALID_DATA when there are no rows, or X would be over a limit */
  async finish(format: ColumnsSchema['format'], header: boolean): Promise<ReadTable> {
    const { options, layout, source } = this;
    const cells = this.#cells;
    const { path } = source;
    this.#checkSize(cells.rows);
    const target = layout.target === null ? null : await paced(this.#labels(this.#features));
    const groups = layout.group && (await paced(this.#labels(this.columns.length - 1)));
    const learned = options.schema === undefined ? await paced(learnFeatures(this, cells, layout, options)) : null;
    const coded = learned ?? (await paced(this.#known(options.schema!)));
    const storage = options.storage ?? 'auto';
    const { sink, checkedLimits: limits } = options;
    const data = sink
      ? await sendRows(path, cells, coded, limits, sink)
      : await matrixOf(path, cells, coded, storage, limits);
    const schema = options.schema ?? this.#schema(format, header, data.columns, learned!, target);
    // When the cells are given away: of 100 000 columns it takes room as well.
    const summary = learned ? await paced(summarySteps(layout, this.columns, learned.measures, target)) : undefined;
    const grouped = groups && { groups: groups.values as ArrayLike<string | number> };
    const complete = target !== null && this.columns[this.#features]!.missing === 0;
    return {
      data,
      target: complete ? target : null,
      schema,
      incompleteRows: this.#incompleteRows,
      learned,
      summary,
      ...grouped,
    };
  }

  get path(): string {
    return this.source.path;
  }

  #hasGap(block: Float64Array, start: number): boolean {
    const { features } = this.layout;
    return features.some(
      ({ column, impute }, k) =>
        Number.isNaN(block[start + k]) && column.kind !== 'categorical' && impute === undefined && !acceptsMissing(column),
    );
  }

  /** What the rows so far take as a matrix; categories can only become more. */
  #checkSize(rows: number): void {
    const { path } = this.source;
    const { checkedLimits: limits, storage = 'auto', rareLevels = 1 } = this.options;
    if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
    const growing = this.#growing;
    const columns = growing.reduce((sum, { levels }) => sum + (rareLevels > 1 ? 1 : levels), this.#knownColumns);
    if (columns > limits.columns) throw fileOverLimit('columns', limits, path, 'columns, one per category');
    // While it is read the table takes a number for each cell, whatever X takes.
    checkDenseSize(path, rows, this.#features, limits.matrixBytes, 'takes at least');
    const entries = this.columns.reduce((sum, { spec }) => sum + (spec.hashed?.entries ?? 0), 0);
    if (entries * ENTRY_BYTES > limits.matrixBytes) throw fileOverLimit('matrixBytes', limits, path, 'bytes of entries');
    const overSparse = storage !== 'dense' && rows * growing.length * ENTRY_BYTES <= limits.matrixBytes;
    if (!overSparse) checkDenseSize(path, rows, columns, limits.matrixBytes, 'takes at least');
  }

  *#labels(column: number): Steps<RawTarget> {
    const values = new Float64Array(this.rows);
    yield* this.#cells.eachCell(column, (cell, row) => {
      values[row] = cell;
    });
    // Where missing ones are counted, the others say what the column is.
    const there = this.columns[column]!.missing > 0 ? values.filter((value) => !Number.isNaN(value)) : values;
    return yield* this.columns[column]!.target(there);
  }

  *#known({ features }: ColumnsSchema): Steps<CodedFeatures> {
    const places = features.map((feature) =>
      feature.kind === 'categorical' ? Int32Array.from(feature.categories, (_, code) => code) : null,
    );
    const texts = new Map<number, SparseData>();
    for (const [k, feature] of features.entries()) {
      const { hashed } = this.columns[k]!.spec;
      if (feature.kind === 'text' && hashed) texts.set(k, yield* vectorizerOf(feature.vectorizer).weigh(hashed));
    }
    return { features, places, texts };
  }

  #schema(
    format: ColumnsSchema['format'],
    header: boolean,
    columns: number,
    { features }: LearnedFeatures,
    target: RawTarget | null,
  ): ColumnsSchema {
    const { numbers, missing } = this.options;
    const place: CsvTarget | null = target === null ? null : { ...this.layout.target!.column, kind: target.kind };
    const plain = numbers.decimal === PLAIN_NUMBERS.decimal && numbers.thousands === PLAIN_NUMBERS.thousands;
    return {
      format,
      columns,
      width: this.layout.names.length,
      header,
      features,
      target: place,
      ...(plain ? {} : { numbers }),
      ...(missing === undefined ? {} : { missing }),
    };
  }
}

/** @throws PlanesearchError INVALID_DATA for a table without rows */
export function requireRows(path: string, rows: number, header: boolean): void {
  if (rows === 0) throw noRows(describe(path), header ? 'a header but ' : '');
}

function columnsOf(rows: RowSource, layout: ColumnLayout, options: CheckedColumnOptions): TableColumn[] {
  const { schema, numbers, strict, missingCells, checkedLimits: limits } = options;
  const fixed = schema !== undefined;
  const missing = missingMarks(options.missing);
  const source: ColumnSource = { ...rows, numbers, missing, limits, learned: { characters: 0 }, strict: strict === true };
  const columns = layout.features.map(({ column, at, impute }) => {
    const { name, kind } = column;
    return new TableColumn({
      source,
      name,
      at,
      kind,
      use: fixed ? 'known' : 'feature',
      categories: column.kind === 'categorical' && fixed ? column.categories : null,
      others: column.kind === 'categorical' ? column.others : undefined,
      order: 'order' in column ? column.order : undefined,
      hashed: column.kind === 'text' ? new TextVectorizer(optionsIn(column.vectorizer)).start() : undefined,
      keepMissing: (missingCells ?? 'refuse') !== 'refuse' || impute !== undefined || acceptsMissing(column),
      labels: 'numbers',
    });
  });
  if (layout.target !== null) {
    const { column, at } = layout.target;
    const kind = column.kind === 'strings' ? 'categorical' : 'numeric';
    const use = fixed ? 'known' : options.target === undefined ? 'last' : 'target';
    const labels = labelsOf(kind, options);
    columns.push(
      new TableColumn({
        source,
        name: column.name,
        at,
        kind,
        use,
        categories: null,
        keepMissing: missingCells === 'count',
        labels,
      }),
    );
  }
  if (layout.group !== undefined) {
    const { column, at } = layout.group;
    const kind = column.kind === 'strings' ? 'categorical' : 'numeric';
    const own = {
      name: column.name,
      at,
      kind,
      use: 'known',
      categories: null,
      keepMissing: false,
      labels: 'codes',
    } as const;
    columns.push(new TableColumn({ source, ...own }));
  }
  return columns;
}

function labelsOf(kind: 'numeric' | 'categorical', { schema, task }: CheckedColumnOptions): TableColumnSpec['labels'] {
  if (schema !== undefined) return kind === 'numeric' ? 'texts' : 'numbers';
  if (task === 'regression') return 'numbers';
  return kind === 'numeric' || task === 'classification' ? 'codes' : 'numbers';
}

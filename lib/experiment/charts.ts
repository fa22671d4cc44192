/**
 * Where pages, figures and tables come from. The one place to turn elsewhere when their code moves: it lies with the benchmarks, which are
 * in a checkout and not in the package.
 */
import { isError, PlanesearchError } from '../core/errors.js';

export interface Series {
  readonly label: string;
  /** Increasing; one array for each view. */
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly color: string;
  readonly dash?: readonly number[] | undefined;
  readonly legend?: { readonly row: string; readonly column: string };
}

export interface Figure {
  readonly title: string;
  readonly yLabel: string;
  readonly logY: boolean;
  readonly yMin: number;
  readonly views: readonly { readonly label: string; readonly xLabel: string }[];
  readonly series: readonly Series[];
}

export interface Table {
  readonly title?: string;
  readonly caption?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

interface PageContent {
  readonly title: string;
  /** HTML. */
  readonly intro: string;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** HTML. */
  readonly closing: string;
}

interface Charts {
  /** One HTML file that opens without a network. */
  readonly page: (content: PageContent) => string;
  readonly escape: (text: string) => string;
}

const home = (name: string): string => new URL(`../../bench/report/${name}.mjs`, import.meta.url).href;

export async function charts(): Promise<Charts> {
  try {
    return { ...(await import(home('page'))), ...(await import(home('table'))) } as Charts;
  } catch (cause) {
    const reason = isError(cause) ? cause.message : String(cause);
    throw new PlanesearchError('INTERNAL', `The code that draws pages cannot be loaded: ${reason}`, { cause });
  }
}

/** X taken apart. */
export { svd, type Svd, type SvdColumns, type SvdMethod, type SvdOptions } from './svd.js';

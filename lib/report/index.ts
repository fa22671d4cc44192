/** A page about a model. */
export { reportOf, writeReport, type ReportData, type ReportOptions } from './report.js';

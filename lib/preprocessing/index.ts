/** From what people have to numbers. */
export { murmurHash3 } from '../core/murmur-hash.js';
export { TextVectorizer, type TextVectorizerOptions, type TextVectorizerState } from './text-vectorizer.js';
export type { Analyzer } from './text-units.js';
export { MinMaxScaler, type MinMaxOptions } from './min-max-scaler.js';
export { OneHotEncoder, type Category, type CategoryRows, type OneHotOptions } from './one-hot-encoder.js';
export { PCA, type PcaOptions, type PrincipalComponents } from './pca.js';
export { pipeline, Pipeline } from './pipeline.js';
export { StandardScaler } from './standard-scaler.js';
export type { AffineColumns, LinearColumns, Transformer } from './transformer.js';

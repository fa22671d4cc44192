/** From what people have to numbers. */
export { murmurHash3 } from './murmur-hash.js';
export { TextVectorizer, type TextVectorizerOptions, type TextVectorizerState } from './text-vectorizer.js';
export type { Analyzer } from './text-units.js';

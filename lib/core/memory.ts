export { checkAttached as checkMemory } from './attached.js';

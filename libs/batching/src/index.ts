export { Batcher, BatcherError } from './batcher.ts';

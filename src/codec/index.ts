// Compression as `latchkey/codec`: for the bench, and for whoever registers a library of their own.
export { type Compressor, type Levels, LimitExceeded, type OffThread } from './compressor.ts'
export { type Answer, compressed, decompressed } from './off-thread.ts'
export { compressionOf, type Packing, PayloadError, pack, unpack } from './payload.ts'
export { COMPRESSORS, createRegistry, type Registry } from './registry.ts'

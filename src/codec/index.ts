// Compression as `latchkey/codec`: for the bench, and for users who bring a library of their own.
export { type Awaitable, type Compressor, type Levels, LimitExceeded } from './compressor.ts'
export { compressionOf, type Packed, type Packing, PayloadError, pack, unpack } from './payload.ts'
export { COMPRESSORS, createRegistry, type Registry } from './registry.ts'

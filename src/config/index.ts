export { loadOptions } from './load.ts'
export { OptionError, type Problem } from './option-error.ts'
export type { Options, OptionsInput } from './options.ts'
export type { Duration, Size } from './units.ts'

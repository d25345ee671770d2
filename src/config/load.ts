import * as v from 'valibot'
import { problemsOf } from './check.ts'
import { contradictions, type WrongCompression } from './contradictions.ts'
import { doubts } from './doubts.ts'
import { encryptionProblems } from './encryption.ts'
import { CONFIG, environmentLayers } from './environment.ts'
import { fileLayer } from './file.ts'
import { given, isValues, type Layer, shown } from './layer.ts'
import { OptionError, type Problem } from './option-error.ts'
import { type Options, type OptionsInput, optionsSchema } from './options.ts'
import { phpLayers } from './php.ts'
import { mergeRedis, placeProblems } from './place.ts'
import { unreadableTlsFiles } from './tls-files.ts'

/**
 * Options from defaults, then a JSON file, then the environment, then code; the later wins. The file is `source` if that
 * is a path, else the one that LATCHKEY_CONFIG names. Read at once, as a module that is required needs it.
 *
 * @param doubted hears of options that work, but not as anybody expects
 * @throws {OptionError} naming every problem
 */
export function loadOptions(
  source: string | OptionsInput = {},
  environment: NodeJS.ProcessEnv = process.env,
  code: OptionsInput = {},
  wrongCompression?: WrongCompression,
  doubted?: (doubt: Problem) => void,
): Options {
  const schema = optionsSchema(environment)
  const said = [
    ...fileLayers(source, environment),
    ...environmentLayers(schema, environment),
    ...[typeof source === 'string' ? {} : source, code].map(codeLayer),
  ]
  const layers = [...phpLayers(said), ...said]
  const defaults = v.parse(schema, {})
  const merged = {
    ...Object.fromEntries(
      layers.flatMap(({ values }) => Object.entries(given(values))).filter(([key]) => key !== '$schema'),
    ),
    redis: mergeRedis(layers, defaults.redis),
  }
  const seen = v.safeParse(schema, merged).output
  const ofLayers = layers.flatMap(layer => [
    ...problemsOf(schema, layer),
    ...placeProblems(layer, defaults.redis),
  ])
  // What does not fit by itself is told once.
  const together = [
    ...contradictions(seen, layers, wrongCompression),
    ...encryptionProblems(seen, layers),
    ...unreadableTlsFiles(seen, layers),
  ].filter(({ option }) => !ofLayers.some(problem => problem.option === option))
  const problems = [...ofLayers, ...together]
  if (problems.length > 0) throw new OptionError(problems)
  if (doubted) for (const doubt of doubts(seen, layers)) doubted(doubt)
  return frozen(v.parse(schema, merged))
}

function fileLayers(source: unknown, environment: NodeJS.ProcessEnv): Layer[] {
  if (typeof source === 'string') return [fileLayer(source)]
  const path = environment[CONFIG]
  return path === undefined ? [] : [fileLayer(path, CONFIG)]
}

function codeLayer(values: unknown): Layer {
  const layer = { values: {}, source: () => 'the code', problems: [] }
  if (isValues(values)) return { ...layer, values }
  const message = `options: expected a path or a plain object, got ${shown(values)} (the code)`
  return { ...layer, problems: [{ option: null, message }] }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

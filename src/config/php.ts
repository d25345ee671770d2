import * as v from 'valibot'
import { given, isValues, type Layer, type Values } from './layer.ts'
import type { Options } from './options.ts'
import { group, oneOf, option } from './shapes.ts'

/** The option `php`. */
export function php() {
  return group(
    {
      serializer: option(
        oneOf('php', 'php_serialize', 'php_binary'),
        'php',
        'session.serialize_handler of PHP.',
      ),
      preset: option(
        v.nullable(oneOf('magento', 'openmage', 'symfony-native')),
        null,
        "Other defaults for the options that must agree with PHP's: redis.db, lifetime, firstLifetime, breakAfter, and the name and age of the cookie.",
      ),
    },
    'an object with serializer and preset, or null',
  )
}

interface Preset {
  /** Name of the cookie. */
  cookie: string
  /** The browser keeps the cookie as long as the session lives; else until it is closed. */
  lasts: boolean
  /** What other options are by default. */
  values: Values
}

/** As Magento and OpenMage set up Cm_RedisSession, with their cookie of an hour. */
const SHOP = { redis: { db: 2 }, breakAfter: 5, firstLifetime: 600, lifetime: 3600 }
/** `session.gc_maxlifetime` of PHP. */
const PHP_LIFETIME = 1440

const PRESETS: Record<string, Preset> = {
  magento: { cookie: 'PHPSESSID', lasts: true, values: SHOP },
  openmage: { cookie: 'frontend', lasts: true, values: SHOP },
  'symfony-native': {
    cookie: 'PHPSESSID',
    lasts: false,
    values: { firstLifetime: 600, lifetime: PHP_LIFETIME },
  },
}

/** With the option `php`, others have other defaults: a layer below all others. */
export function phpLayers(layers: readonly Layer[]): Layer[] {
  const php = layers.findLast(({ values }) => values.php !== undefined)?.values.php
  if (!isValues(php)) return []
  const { preset } = given(php)
  const known = typeof preset === 'string' && Object.hasOwn(PRESETS, preset) ? PRESETS[preset] : undefined
  return [
    layer({ naming: 'plain', compression: 'gzip' }, 'the default with php'),
    ...(known ? [layer(known.values, `the preset ${preset}`)] : []),
  ]
}

function layer(values: Values, name: string): Layer {
  return { values, source: () => name, problems: [] }
}

/** The cookie that PHP sets as well: its name, and its age in seconds, undefined for one that ends with the browser. */
export function sharedCookie({
  php,
  lifetime,
}: Pick<Options, 'php' | 'lifetime'>): { name: string; maxAge: number | undefined } | undefined {
  if (!php) return undefined
  const preset = PRESETS[php.preset ?? '']
  return { name: preset?.cookie ?? 'PHPSESSID', maxAge: preset?.lasts ? lifetime : undefined }
}

/** Of these a PHP server has an extension, or not: then a request fails that reads such a session, and keeps its lock. */
export const EXTENSIONS: Readonly<Record<string, string>> = { snappy: 'snappy', lz4: 'lz4', lzf: 'lzf' }

const PHP_READS = ['gzip', 'none', ...Object.keys(EXTENSIONS)]

/** An option that cannot have its value where `php` is given: the rule completes the sentence "<option>: expected …". */
export interface PhpConflict {
  option: string
  rule: string
  remedy: string
}

/** Options that are impossible where PHP serves the same sessions. Each is one entry here. */
export function phpConflicts(options: Record<string, unknown>): PhpConflict[] {
  if (!isValues(options.php)) return []
  const { naming, adopt, compression } = options
  const conflicts: (PhpConflict | false)[] = [
    naming === 'hashed' && {
      option: 'naming',
      rule: 'plain where php is given',
      remedy: ": PHP's key holds the id itself. Leave it out",
    },
    adopt === true && {
      option: 'adopt',
      rule: 'false where php is given',
      remedy: ': what it adopts is JSON, which PHP cannot read',
    },
    !PHP_READS.includes(String(compression)) && {
      option: 'compression',
      rule: 'gzip or none where php is given',
      remedy: ': PHP cannot read it, and its requests would fail with the lock taken. Leave it out',
    },
  ]
  return conflicts.filter(conflict => conflict !== false)
}

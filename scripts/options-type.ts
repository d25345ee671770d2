// The options as interfaces, made from their JSON Schema: what an editor shows beside them in code.
import { DURATION, SIZE } from '../src/config/units.ts'

export interface Property {
  description?: string
  default?: unknown
  type?: string
  enum?: string[]
  pattern?: string
  properties?: Record<string, Property>
  required?: string[]
  items?: Property
  anyOf?: Property[]
}

/** Where an interface of its own stands, and what it is called. Each other object is written where it is used. */
const NAMES: Record<string, string> = {
  '': 'OptionsInput',
  redis: 'RedisOptions',
  'redis.tls': 'TlsOptions',
  'redis.sentinel': 'SentinelOptions',
  'redis.sentinel.tls': 'TlsOptions',
  'redis.cluster': 'ClusterOptions',
  users: 'UsersOptions',
  authenticated: 'AuthenticatedOptions',
  encryption: 'EncryptionOptions',
  'encryption.keys': 'EncryptionKeyOptions',
  php: 'PhpOptions',
}

const WHAT: Record<string, string> = {
  OptionsInput:
    'The options of `createSessions`, each optional. Numbers of time are seconds, and numbers of size are bytes.',
  RedisOptions: 'Where Redis is, and how to reach it.',
  TlsOptions: 'TLS with certificates of your own.',
  SentinelOptions: 'A master that Redis Sentinel finds.',
  ClusterOptions: 'A Redis Cluster.',
  UsersOptions: 'Who has logged in.',
  EncryptionOptions: 'Encryption of session data.',
  EncryptionKeyOptions: 'A key of session data.',
  AuthenticatedOptions: 'How long sessions live whose user has logged in.',
  PhpOptions: 'How PHP stores the sessions that it shares.',
}

const WIDTH = 110

/** `src/config/options-input.ts` for this schema. */
export function optionsType(schema: Property): string {
  const interfaces = new Map<string, string>()
  describe(schema, '', interfaces)
  const parts = [...interfaces].reverse().map(([name, members]) => {
    return `${comment(WHAT[name] ?? '', '')}export interface ${name} {\n${members}}\n`
  })
  return [
    '// Written by `npm run schema` from options.ts. Change that file, not this one.\n' +
      "import type { Duration, Size } from './units.ts'\n",
    ...parts,
  ].join('\n')
}

function describe(schema: Property, path: string, interfaces: Map<string, string>): void {
  const { properties = {}, required = [] } = schema
  const members = Object.entries(properties).map(([name, property]) => {
    const inner = path === '' ? name : `${path}.${name}`
    const isNeeded = required.includes(name)
    const type = typeOf(property, inner, interfaces)
    const text =
      name === '$schema' ? 'For editors: `./node_modules/latchkey/config.schema.json`.' : said(property)
    return `${comment(text, '  ')}  readonly ${name}${isNeeded ? `: ${type}` : `?: ${type} | undefined`}\n`
  })
  interfaces.set(NAMES[path] ?? path, members.join(''))
}

function typeOf(property: Property, path: string, interfaces: Map<string, string>): string {
  if (property.anyOf) return property.anyOf.map(each => typeOf(each, path, interfaces)).join(' | ')
  if (property.enum) return property.enum.map(each => `'${each}'`).join(' | ')
  if (property.items) return `readonly ${typeOf(property.items, path, interfaces)}[]`
  if (property.pattern === DURATION.source) return 'Duration'
  if (property.pattern === SIZE.source) return 'Size'
  if (property.properties === undefined)
    return property.type === 'integer' ? 'number' : (property.type ?? 'unknown')
  const name = NAMES[path]
  if (name === undefined) {
    const members = Object.entries(property.properties)
    return `{ ${members.map(([key, each]) => `readonly ${key}: ${typeOf(each, `${path}.${key}`, interfaces)}`).join('; ')} }`
  }
  describe(property, path, interfaces)
  return name
}

function said({ description = '', default: usual, properties }: Property): string {
  // What an object is by default, its members say.
  return usual === undefined || properties
    ? description
    : `${description} Default: \`${JSON.stringify(usual)}\`.`
}

/** On one line if it fits, else wrapped. */
function comment(text: string, indent: string): string {
  const safe = text.replaceAll('*/', '*\\/')
  const short = `${indent}/** ${safe} */\n`
  if (short.length <= WIDTH + 1) return short
  const lines: string[] = ['']
  for (const word of safe.split(/(?<!Default:) /)) {
    const last = lines.length - 1
    const longer = `${lines[last]} ${word}`
    if (`${indent} *${longer}`.length > WIDTH) lines.push(` ${word}`)
    else lines[last] = longer
  }
  return `${indent}/**\n${lines.map(line => `${indent} *${line}\n`).join('')}${indent} */\n`
}

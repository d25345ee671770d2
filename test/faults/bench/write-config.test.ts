import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { setKeys } from '../../../bench/json-text.ts'
import { checkConfig, checkPage, writeConfig } from '../../../bench/write-config.ts'

const lz4 = { compression: 'lz4', compressionLevel: null, compressionThreshold: 512 }

describe('a recommendation in the text of a config', () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    ['replaces a value', '{ "compression": "gzip" }', { compression: 'lz4' }, '{ "compression": "lz4" }'],
    [
      'keeps what stands around it',
      '{\n\t"a" : 1.50 ,\n\t"compression":"gzip"   ,\n\n\t"b": [ 1,2 ]\n}\n\n',
      { compression: 'lz4' },
      '{\n\t"a" : 1.50 ,\n\t"compression":"lz4"   ,\n\n\t"b": [ 1,2 ]\n}\n\n',
    ],
    [
      'adds a key as the others stand',
      '{\n    "a": 1,\n    "b": {}\n}\n',
      { c: 2 },
      '{\n    "a": 1,\n    "b": {},\n    "c": 2\n}\n',
    ],
    ['adds a key to a single one', '{\n  "a": 1\n}', { c: 2 }, '{\n  "a": 1,\n  "c": 2\n}'],
    ['adds a key on one line', '{ "a": 1, "b": 2 }', { c: 3 }, '{ "a": 1, "b": 2, "c": 3 }'],
    ['adds a key to packed JSON', '{"a":1}', { c: 3 }, '{"a":1,"c": 3}'],
    ['fills an empty object', '{}\n', { a: 1, b: 2 }, '{\n  "a": 1,\n  "b": 2\n}\n'],
    ['keeps line ends', '{\r\n  "a": 1\r\n}\r\n', { b: 2 }, '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'],
    ['keeps a byte order mark', '\uFEFF{"compression":1}', { compression: 2 }, '\uFEFF{"compression":2}'],
    [
      'is not misled by strings, nesting or names inside',
      '{"x":{"compression":"no"},"y":"\\"compression\\": {","compression":["gzip",{}],"z":"}"}',
      { compression: 'lz4' },
      '{"x":{"compression":"no"},"y":"\\"compression\\": {","compression":"lz4","z":"}"}',
    ],
    ['changes the last of two, which is the one that counts', '{"a":1,"a":2}', { a: 3 }, '{"a":1,"a":3}'],
    ['finds a key that is written in another way', '{"\\u0061":1}', { a: 3 }, '{"\\u0061":3}'],
  ])('%s', (_, before, values, after) => expect(setKeys(before, values)).toBe(after))

  test.each(['', ' ', '[]', '3', 'null', '"{}"', '{"a":1,}', '{"a":1} x', '// no\n{}'])(
    'is not put into %j, which is no JSON object',
    text => expect(setKeys(text, lz4)).toBeUndefined(),
  )

  test('leaves whatever object was there the same but for its keys', () => {
    const documents = fc.tuple(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(undefined, 0, 1, 2, '\t'),
    )
    fc.assert(
      fc.property(documents, ([document, indent]) => {
        const text = JSON.stringify(document, null, indent)
        const changed = JSON.parse(setKeys(text, lz4) ?? '')
        expect(changed).toEqual({ ...JSON.parse(text), ...lz4 })
      }),
      { numRuns: 300 },
    )
  })
})

describe('a config file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-config-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is made where there is none', async () => {
    const path = join(folder, 'new.json')
    await writeConfig(path, lz4)
    expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(lz4, null, 2)}\n`)
  })

  test('keeps its rights and its link, and leaves no draft behind', async () => {
    const [path, link] = [join(folder, 'real.json'), join(folder, 'link.json')]
    await writeFile(path, '{"prefix":"x_"}')
    await chmod(path, 0o640)
    await symlink(path, link)
    await writeConfig(link, lz4)
    expect(await readlink(link)).toBe(path)
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ prefix: 'x_', ...lz4 })
    expect((await readdir(folder)).filter(name => name.endsWith('.tmp'))).toEqual([])
  })

  test.each([
    ['a list', Buffer.from('[]'), 'expected a JSON object'],
    ['half an object', Buffer.from('{"a":'), 'expected a JSON object'],
    ['no text', Buffer.from([0x7b, 0xff, 0x7d]), 'is no text in UTF-8'],
  ])('that holds %s is refused and left as it is', async (_, content, why) => {
    const path = join(folder, 'bad.json')
    await writeFile(path, content)
    await expect(checkConfig(path)).rejects.toThrow(why)
    await expect(writeConfig(path, lz4)).rejects.toThrow(why)
    expect((await readFile(path)).equals(content)).toBe(true)
  })

  test('that may not be written is refused before anything is measured, and so is such a report', async () => {
    const path = join(folder, 'finished.json')
    await writeFile(path, '{}')
    await chmod(path, 0o444)
    await chmod(folder, 0o777)
    // Root may write everything.
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      await expect(checkConfig(path)).rejects.toThrow('permission denied')
      await expect(checkPage(path)).rejects.toThrow('permission denied')
    } finally {
      if (root) process.seteuid?.(0)
    }
  })

  test('in a folder that is not there is refused before anything is measured', async () => {
    await expect(checkConfig(join(folder, 'nowhere/config.json'))).rejects.toThrow(
      'no such file or directory',
    )
  })
})

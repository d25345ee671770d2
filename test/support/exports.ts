// What the entries of package.json export, types included.
import { readFileSync } from 'node:fs'
import { parseSync } from '@swc/core'
import { ROOT } from './pages.ts'

/** The entries with code: `latchkey`, `latchkey/express`, … */
export function entries(): string[] {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { exports: object }
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([name]) => name.replace('.', 'latchkey'))
}

export function exportsOf(entry: string): string[] {
  const file = `${ROOT}src${entry.replace('latchkey', '')}/index.ts`
  const { body } = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2022' })
  return body.flatMap((node): string[] => {
    switch (node.type) {
      case 'ExportDefaultExpression':
      case 'ExportDefaultDeclaration':
        return ['default']
      case 'ExportAllDeclaration':
        throw new Error(`${file} exports everything of another file: what that is cannot be seen here`)
      case 'ExportNamedDeclaration':
        return node.specifiers.map(specifier => {
          if (specifier.type !== 'ExportSpecifier') throw new Error(`${file} has an unknown kind of export`)
          return (specifier.exported ?? specifier.orig).value
        })
      case 'ExportDeclaration':
        if (node.declaration.type === 'VariableDeclaration') throw new Error(`${file} exports a variable`)
        return 'identifier' in node.declaration
          ? [node.declaration.identifier.value]
          : [(node.declaration.id as { value: string }).value]
      default:
        return []
    }
  })
}

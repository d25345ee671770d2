// The programs in README and docs fit the types of the package.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { codeBlocks, pages, ROOT } from '../../support/pages.ts'

test('each block of code fits the types, with what its page takes as given', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-blocks-'))
  try {
    const programs = pages.flatMap(codeBlocks).filter(({ language }) => ['js', 'ts'].includes(language))
    expect(programs.length).toBeGreaterThan(20)
    const files = programs.map(({ page, line, language }) => `${page.replace('.md', '')}-${line}.${language}`)
    for (const [n, { line, code }] of programs.entries()) {
      const file = join(folder, files[n] ?? '')
      await mkdir(dirname(file), { recursive: true })
      // As many lines in front as on the page, so that an error names the page's line.
      await writeFile(file, `${'\n'.repeat(line)}${code}export {}\n`)
    }
    const { compilerOptions } = JSON.parse(await readFile(join(ROOT, 'tsconfig.json'), 'utf8'))
    const paths = Object.entries<string[]>(compilerOptions.paths).map(([name, [path = '']]) => [
      name,
      [join(ROOT, path)],
    ])
    const options = {
      ...compilerOptions,
      ...{
        allowJs: true,
        checkJs: true,
        noImplicitAny: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      ...{ verbatimModuleSyntax: false, lib: ['es2023', 'dom'], paths: Object.fromEntries(paths) },
    }
    const given = [
      'test/faults/docs/given/around.d.ts',
      'test/faults/docs/given/modules.d.ts',
      'src/next/next-headers.d.ts',
    ]
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: [...files, ...given.map(file => join(ROOT, file))] }),
    )
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const run = promisify(execFile)(process.execPath, [tsc, '-p', '.'], { cwd: folder, timeout: 100_000 })
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    // What is given for the blocks does not fit all sources, which lint compiles.
    const ofBlocks = (line: string) => / error TS|^error TS/.test(line) && !line.startsWith('..')
    expect(stdout.split('\n').filter(ofBlocks)).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)

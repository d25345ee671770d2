// The static files, named by their content so that a browser may keep them for ever.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'

const folder = fileURLToPath(new URL('public', import.meta.url))

function versioned(file: string): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('base64url')
  return `/static/${file}?v=${hash.slice(0, 10)}`
}

export const assets = {
  style: versioned('style.css'),
  recordScript: versioned('record.js'),
  icon: versioned('favicon.svg'),
}

export const serveAssets = express.static(folder, { index: false, immutable: true, maxAge: '1y' })
